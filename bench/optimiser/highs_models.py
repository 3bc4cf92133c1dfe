"""Linear programs for HiGHS of one Mean-CVaR problem: the textbook form and the dual form.

The problem (see instances.mjs), with loss L = -R w and p = 1/T:

    min  lambda CVaR_alpha(L) - mean'w
    s.t. sum w = 1,  lower <= w <= upper,  g_lo <= G w <= g_hi,
         sum |w - centre_k| <= budget_k   for each absolute limit k (traded: held, leverage: 0)
"""

import numpy as np


class Problem:
    """The problem as arrays; `rows` holds the budget row first, then the groups, one row each."""

    def __init__(self, spec, returns):
        self.returns = returns
        self.scenarios, self.assets = returns.shape
        self.risk = spec["riskAversion"]
        self.cap = self.risk / ((1 - spec["confidence"]) * self.scenarios)
        self.mean = np.array(spec["mean"])
        self.lower = np.array(spec["lower"])
        self.upper = np.array(spec["upper"])
        groups = spec["groups"]
        self.rows = np.vstack([np.ones(self.assets)] + [np.array(g["coefficients"]) for g in groups])
        self.row_lower = np.array([1.0] + [g["lower"] for g in groups])
        self.row_upper = np.array([1.0] + [g["upper"] for g in groups])
        limits = [(spec["traded"], np.array(spec["held"])), (spec["leverage"], np.zeros(self.assets))]
        self.absolute = [(budget, centre) for budget, centre in limits if budget is not None]


class Columns:
    """A linear program written column by column; `block` appends many columns at once."""

    def __init__(self):
        self.cost, self.lower, self.upper, self.lengths, self.index, self.value = [], [], [], [], [], []
        self.count = 0

    def block(self, cost, lower, upper, index, value):
        """index and value are [columns x entries]; scalars of cost and bounds hold for all. Returns the first column."""
        index = np.atleast_2d(np.asarray(index, dtype=np.int32))
        value = np.broadcast_to(np.asarray(value, dtype=float), index.shape)
        count, entries = index.shape
        for kept, given in ((self.cost, cost), (self.lower, lower), (self.upper, upper)):
            kept.append(np.broadcast_to(np.asarray(given, dtype=float), count))
        self.lengths.append(np.full(count, entries, dtype=np.int64))
        self.index.append(index.ravel())
        self.value.append(value.ravel())
        first, self.count = self.count, self.count + count
        return first

    def into(self, core, row_lower, row_upper, offset=0.0):
        """The program as HiGHS takes it, to be minimised."""
        lp = core.HighsLp()
        lp.num_col_, lp.num_row_ = self.count, len(row_lower)
        lp.offset_ = offset
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = map(np.concatenate, (self.cost, self.lower, self.upper))
        lp.row_lower_, lp.row_upper_ = np.asarray(row_lower, dtype=float), np.asarray(row_upper, dtype=float)
        lp.a_matrix_.format_ = core.MatrixFormat.kColwise
        lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = self.count, len(row_lower)
        starts = np.concatenate([[0], np.cumsum(np.concatenate(self.lengths))])
        lp.a_matrix_.start_ = starts.astype(np.int32)
        lp.a_matrix_.index_ = np.concatenate(self.index)
        lp.a_matrix_.value_ = np.concatenate(self.value)
        return lp


def textbook(problem, core):
    """Rockafellar and Uryasev 2000: min lambda a + cap sum u - mean'w, u_t >= -r_t'w - a, absolute values split.

    Returns the program and a function from HiGHS's solution to weights.
    """
    p, inf = problem, core.kHighsInf
    times, assets, general = p.scenarios, p.assets, len(p.rows)
    split = times + general
    ends = split + len(p.absolute) * (assets + 1)
    columns = Columns()
    scenario_rows = np.tile(np.arange(times, dtype=np.int32), (assets, 1))
    general_rows = np.tile(times + np.arange(general), (assets, 1))
    own_rows = [split + k * (assets + 1) + np.arange(assets)[:, None] for k in range(len(p.absolute))]
    columns.block(
        -p.mean, p.lower, p.upper,
        np.hstack([scenario_rows, general_rows, *own_rows]),
        np.hstack([p.returns.T, p.rows.T, *(np.ones((assets, 1)) for _ in own_rows)]),
    )
    columns.block(p.risk, -inf, inf, np.arange(times), 1.0)
    columns.block(p.cap, 0.0, inf, np.arange(times)[:, None], 1.0)
    row_lower = np.concatenate([np.zeros(times), p.row_lower, np.zeros(ends - split)])
    row_upper = np.concatenate([np.full(times, inf), p.row_upper, np.zeros(ends - split)])
    for k, (budget, centre) in enumerate(p.absolute):
        total = split + k * (assets + 1) + assets
        for sign in (-1.0, 1.0):  # w - above + below = centre
            columns.block(0.0, 0.0, inf, np.hstack([own_rows[k], np.full((assets, 1), total)]), [sign, 1.0])
        row_lower[own_rows[k].ravel()] = row_upper[own_rows[k].ravel()] = centre
        row_lower[total], row_upper[total] = -inf, budget
    lp = columns.into(core, row_lower, row_upper)
    return lp, lambda solution: np.array(solution.col_value[:assets])


def dual(problem, core):
    """The Lagrangian bound as a linear program (Ogryczak and Sliwinski 2011): one dense row an asset, T bounded columns.

    With q the tail density, y the rows' multipliers and v_k in [-m_k, m_k] those of |w_i - centre_ki|,

        max  sum_r (y_r > 0 ? y_r g_lo : y_r g_hi) - sum_k m_k budget_k
             + sum_i [ s_i l_i - sum_k v_ki centre_ki - (u_i - l_i) z_i ]
        s.t. s_i = -mean_i - sum_t q_t r_ti - sum_r y_r G_ri + sum_k v_ki,   z_i >= 0,   z_i + s_i >= 0,
             0 <= q_t <= lambda p_t / (1 - alpha),   sum q = lambda

    s_i is put in; v_ki is written as n_ki - m_k with n_ki >= 0 and one sparse row n_ki <= 2 m_k. The multiplier of an
    asset's row is w_i - l_i. Stated as a minimum, which is minus the bound.
    """
    p, inf = problem, core.kHighsInf
    times, assets = p.scenarios, p.assets
    total, sparse = assets, assets + 1
    columns = Columns()
    dense = np.arange(assets)
    columns.block(
        p.returns @ p.lower, 0.0, p.cap,
        np.tile(np.arange(total + 1, dtype=np.int32), (times, 1)),
        np.hstack([-p.returns, np.ones((times, 1))]),
    )
    for row, low, high in zip(p.rows, p.row_lower, p.row_upper):
        at = np.flatnonzero(row)
        shift = row @ p.lower
        if low == high:
            columns.block(shift - low, -inf, inf, at, -row[at])
        else:
            columns.block(shift - low, 0.0, inf, at, -row[at])
            columns.block(high - shift, 0.0, inf, at, row[at])
    columns.block(p.upper - p.lower, 0.0, inf, dense[:, None], 1.0)
    for k, (budget, centre) in enumerate(p.absolute):
        own = sparse + k * assets + dense
        away = p.lower - centre
        columns.block(-away, 0.0, inf, np.stack([dense, own], axis=1), [1.0, 1.0])
        columns.block(budget + away.sum(), 0.0, inf, np.concatenate([dense, own]), np.repeat([-1.0, -2.0], assets))
    count = sparse + len(p.absolute) * assets
    row_lower, row_upper = np.full(count, -inf), np.zeros(count)
    row_lower[:assets], row_upper[:assets] = p.mean, inf
    row_lower[total] = row_upper[total] = p.risk
    lp = columns.into(core, row_lower, row_upper, offset=float(p.mean @ p.lower))
    return lp, lambda solution: p.lower + np.array(solution.row_dual[:assets])


FORMS = {"textbook": textbook, "dual": dual}
