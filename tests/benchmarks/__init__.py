"""Benchmarks: not timed tests; each states instance, seed, machine and versions, and a ratio in the same run."""
