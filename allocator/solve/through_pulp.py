"""PuLP as the modelling layer: named variables and rows, LP files, and the hand-over to HiGHS in one call.

PuLP 3.3 and 4 build models in two ways; both are served here and nowhere else. What the solver found is read from
HiGHS itself: PuLP 3.3 calls a run that stopped at its time limit optimal.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import highspy
import numpy as np
import pulp

from allocator.errors import SolverError
from allocator.model.linear import LinearModel, Objective
from allocator.model.names import LONGEST

__all__ = ["PulpProblem", "to_pulp", "write_lp"]

PULP_4 = int(pulp.__version__.split(".")[0]) >= 4


class PulpProblem:
    """A linear model as a PuLP problem, `variables` and `rows` in the order of its columns and rows."""

    def __init__(self, linear: LinearModel, objective: Objective, name: str = "allocation") -> None:
        sense = pulp.LpMaximize if objective.sense == "max" else pulp.LpMinimize
        self.problem = pulp.LpProblem(name, sense)
        self.integer = linear.integer
        kinds = np.where(linear.integer, "Integer", "Continuous").tolist()
        bounds = zip(linear.lower.tolist(), linear.upper.tolist(), strict=True)
        self.variables = [
            self.problem.add_variable(text, low, None if high == np.inf else high, cat=kind)
            for text, (low, high), kind in zip(linear.column_names, bounds, kinds, strict=True)
        ]
        used = np.flatnonzero(objective.cost)
        pairs = [(self.variables[column], float(objective.cost[column])) for column in used]
        expression = _expression(pairs, objective.constant)
        self.problem.setObjective(expression)
        matrix = linear.matrix
        self.row_of: list[int] = []
        """The row of the linear model behind each row of the problem; rows without any term are left out."""
        columns, values, starts = matrix.indices.tolist(), matrix.data.tolist(), matrix.indptr.tolist()
        for row, text in enumerate(linear.row_names):
            window = slice(starts[row], starts[row + 1])
            terms = [(self.variables[c], v) for c, v in zip(columns[window], values[window], strict=True)]
            self._add_row(row, text, terms, float(linear.low[row]), float(linear.high[row]))

    def _add_row(self, row: int, name: str, terms: list[tuple[Any, float]], low: float, high: float) -> None:
        if not terms:
            if low > 1e-9 or high < -1e-9:
                terms = [(self._zero(), 1.0)]  # an empty row that cannot hold must stay in the model
            else:
                return
        self.row_of.append(row)
        if low == high:
            self.problem.addConstraint(_expression(terms) == low, name)
            return
        if low > -np.inf and high < np.inf:
            self.row_of.append(row)
        if high < np.inf:
            self.problem.addConstraint(_expression(terms) <= high, name)
        if low > -np.inf:
            self.problem.addConstraint(_expression(terms) >= low, name if high == np.inf else f"{name}_low")

    def _zero(self) -> Any:
        """A variable that is always 0."""
        if not hasattr(self, "_nothing"):
            self._nothing = self.problem.add_variable("nothing", 0, 0)
            self.variables.append(self._nothing)
            self.integer = np.append(self.integer, False)
        return self._nothing

    def hand_over(self, highs: highspy.Highs) -> None:
        """Pass the problem to HiGHS in one call, as minimisation."""
        lp = highspy.HighsLp()
        position = {variable.name: column for column, variable in enumerate(self.variables)}
        rows = self.problem.constraints()
        rows = list(rows.values()) if isinstance(rows, dict) else list(rows)
        sign = -1.0 if self.problem.sense == pulp.LpMaximize else 1.0
        cost = np.zeros(len(self.variables))
        for variable, value in self.problem.objective.items():
            cost[position[variable.name]] = sign * value
        starts, indices, data = [0], [], []
        low, high = np.full(len(rows), -highspy.kHighsInf), np.full(len(rows), highspy.kHighsInf)
        for number, row in enumerate(rows):
            for variable, value in row.items():
                indices.append(position[variable.name])
                data.append(value)
            starts.append(len(indices))
            limit = -row.constant
            if row.sense != pulp.LpConstraintLE:
                low[number] = limit
            if row.sense != pulp.LpConstraintGE:
                high[number] = limit
        lp.num_col_, lp.num_row_ = len(self.variables), len(rows)
        lp.col_cost_ = cost
        lp.col_lower_ = np.array([v.lowBound if v.lowBound is not None else -highspy.kHighsInf for v in self.variables])
        lp.col_upper_ = np.array([v.upBound if v.upBound is not None else highspy.kHighsInf for v in self.variables])
        lp.row_lower_, lp.row_upper_ = low, high
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = lp.num_col_, lp.num_row_
        lp.a_matrix_.start_ = np.array(starts, dtype=np.int32)
        lp.a_matrix_.index_ = np.array(indices, dtype=np.int32)
        lp.a_matrix_.value_ = np.array(data, dtype=float)
        kinds = highspy.HighsVarType
        lp.integrality_ = [kinds.kInteger if whole else kinds.kContinuous for whole in self.integer.tolist()]
        lp.offset_ = sign * (self.problem.objective.constant or 0.0)
        if highs.passModel(lp) == highspy.HighsStatus.kError:
            raise SolverError("HiGHS refused the model")


def _expression(pairs: list[tuple[Any, float]], constant: float = 0.0) -> Any:
    """A PuLP expression from pairs, in one step; operators cost three to five times as much."""
    if PULP_4:
        return pulp.LpAffineExpression.from_list(pairs, constant)
    return pulp.LpAffineExpression(pairs, constant)


def to_pulp(linear: LinearModel, objective: Objective) -> PulpProblem:
    """The linear model with one objective as a PuLP problem."""
    return PulpProblem(linear, objective)


def write_lp(linear: LinearModel, objective: Objective, path: Path) -> None:
    """Write the model as an LP file; rows keep their names, such as `fifty_per_site(S012)`."""
    to_pulp(linear, objective).problem.writeLP(str(path), max_length=LONGEST)
