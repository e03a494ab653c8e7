"""Indicators of a plan: segregation, load, households by size; formula and source in each docstring."""
