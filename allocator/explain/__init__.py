"""Reasons: why a household found no place."""
