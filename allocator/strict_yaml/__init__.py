"""Strict YAML: data only, with the line of every key, and findings instead of surprises."""
