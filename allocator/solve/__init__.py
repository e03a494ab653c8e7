"""The only room that imports pulp and highspy: stages, status, options, bounds."""
