"""The trade-off between two goals as a curve of verified plans, and what a rule costs at each value of its limit."""
