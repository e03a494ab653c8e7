"""Why: what binds, what a household's other units would cost, what to relax; all of it by solving again."""
