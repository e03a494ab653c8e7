"""What one goal leaves for the next: where to look first, what no plan uses any more, and how far soft rules give way.

A goal that was solved has a bound z on every plan and for each column what it costs at least, d(j). A plan that uses j is
worse than z + d(j); so where later goals must keep the value of this one, every column with z + d(j) beyond it is out.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from allocator.model.build import Model
from allocator.model.linear import LinearModel, Objective
from allocator.model.start import excluded_columns, mean_the_same, same_columns
from allocator.scenario.solving import SolveOptions
from allocator.solve.knapsacks import rounded
from allocator.solve.late import without_late
from allocator.solve.sifting import Memory
from allocator.solve.totals import largest_excess, with_totals

__all__ = ["Carried"]

SURE = 1e-6
"""Relative distance by which a column must be beyond the value: solvers' prices are not exact."""


@dataclass
class Carried:
    """From goal to goal: `memory` of the relaxation, the model solved last, and the columns of it [n_columns] that are out.

    `most` is the largest excess of soft rules, by name.
    """

    memory: Memory = field(default_factory=Memory)
    model: Model | None = None
    out: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=bool))
    most: dict[str, float] = field(default_factory=dict)

    def onto(self, model: Model, linear: LinearModel) -> LinearModel:
        """The model of the next goal without what is out; `linear` is it with the rows of the goals before."""
        before, self.model = self.model, model
        self.memory.reduced = self.memory.guessed = None
        linear = with_totals(model, linear, self.most)
        if before is None:
            self.out = np.zeros(linear.shape[1], dtype=bool)
            return linear
        if self.memory.columns is not None:
            self.memory.columns = same_columns(before, model, self.memory.columns)
        if not mean_the_same(before, model):
            self.memory.cuts = None
        self.out = excluded_columns(before, model, self.out) & (linear.lower == 0) & linear.integer
        return replace(linear, upper=np.where(self.out, 0.0, linear.upper))

    def narrow(
        self, kept: LinearModel, scaled: Objective, options: SolveOptions, seconds: float, x: np.ndarray
    ) -> None:
        """How far each soft rule gives way at most where the goal's value is kept, as a row of `kept`.

        `scaled` is the goal as the solver had it, x [n_columns] a plan that has the value.
        """
        if self.model is None or self.memory.reduced is None:
            return
        sign = scaled.sign
        least = replace(scaled, sense="min", cost=sign * scaled.cost, constant=sign * scaled.constant)
        found = largest_excess(self.model, rounded(without_late(kept)), least, options, seconds, x, self.memory)
        self.most.update(found)

    def learn(self, linear: LinearModel, scaled: Objective, value: float, slack: float, x: np.ndarray) -> None:
        """What keeping a value, but for the slack, excludes; `scaled` is the goal as the solver had it.

        `value` and `slack` are in the goal's unit, x [n_columns] is a plan that has the value.
        """
        if self.memory.reduced is None:
            return
        sign = scaled.sign
        room = (sign * value + slack) / scaled.unit - self.memory.bound + SURE * max(1.0, abs(self.memory.bound))
        self.out |= (self.memory.reduced > room) & (x < 0.5) & linear.integer & (linear.lower == 0)
