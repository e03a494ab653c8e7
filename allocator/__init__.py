"""Spatial allocation planner for the decentralised housing of refugee households."""

__version__ = "0.1.0"
