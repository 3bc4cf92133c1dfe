"""HiGHS as a contestant of the optimiser's bench: one JSON question a line on stdin, one JSON answer a line on stdout.

    {"ask": "load", "path", "rows", "columns", "problem"}   the next solves are of this instance
    {"ask": "solve", "form", "limit"}  one cold solve; `seconds` is that of HiGHS's run alone
    {"ask": "write", "form"}           the program as an MPS file, for an executable, and the options of its form

Forms: "textbook" with HiGHS's defaults, "dual" with dual simplex and else defaults, "dual-plain" without presolve too.
"""

import json
import os
import sys

import numpy as np

from highs_models import FORMS, Problem

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "scripts"))
from highs_run import binding, instance, run, version  # noqa: E402

core, origin = binding()

OPTIONS = {
    "textbook": {},
    "dual": {"solver": "simplex", "simplex_strategy": 1},
    "dual-plain": {"solver": "simplex", "simplex_strategy": 1, "presolve": "off"},
}


def with_model(lp, options):
    highs = instance(core, options)
    highs.passModel(lp)
    return highs


class Instance:
    """One loaded problem and the programs built from it so far."""

    def __init__(self, asked):
        returns = np.fromfile(asked["path"], dtype="<f8").reshape(asked["rows"], asked["columns"])
        self.problem = Problem(asked["problem"], returns)
        self.programs = {}
        self.folder = asked["path"] + ".highs"  # beside the matrix, in a folder the bench removes

    def program(self, form):
        """Built at first use; of large instances only the latest is kept, as each holds the whole matrix."""
        shape = "textbook" if form == "textbook" else "dual"
        if shape not in self.programs:
            if self.problem.returns.size > 1e7:
                self.programs.clear()
            self.programs[shape] = FORMS[shape](self.problem, core)
        return self.programs[shape]

    def write(self, form):
        os.makedirs(self.folder, exist_ok=True)
        model = os.path.join(self.folder, f"{form}.mps")
        if not os.path.exists(model):
            with_model(self.program(form)[0], {}).writeModel(model)
        return {"model": model, "options": OPTIONS[form]}

    def solve(self, form, limit):
        lp, weights_of = self.program(form)
        highs = with_model(lp, {**OPTIONS[form], "time_limit": float(limit)})
        seconds, status, info = run(highs)
        if status != "Optimal":
            return {"seconds": seconds, "status": status}
        sign = 1.0 if form == "textbook" else -1.0
        return {
            "seconds": seconds,
            "status": status,
            "objective": sign * info.objective_function_value,
            "iterations": info.simplex_iteration_count,
            "weights": [float(w) for w in weights_of(highs.getSolution())],
        }


def main():
    print(json.dumps({"version": version(core, origin)}), flush=True)
    loaded = None
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["ask"] == "load":
            loaded = Instance(asked)
            answer = {"loaded": True}
        elif asked["ask"] == "write":
            answer = loaded.write(asked["form"])
        else:
            answer = loaded.solve(asked["form"], asked["limit"])
        print(json.dumps(answer), flush=True)


main()
