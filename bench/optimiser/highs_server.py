"""HiGHS as a contestant of the optimiser's bench: one JSON question a line on stdin, one JSON answer a line on stdout.

    {"ask": "load", "path", "rows", "columns", "problem"}   the next solves are of this instance
    {"ask": "solve", "form", "limit"}  one cold solve; `seconds` is that of HiGHS's run alone

Forms: "textbook" with HiGHS's defaults, "dual" with dual simplex and else defaults, "dual-plain" without presolve too.

HiGHS comes from HIGHS_BIN (a binary that reads an MPS file), else from highspy, else from scipy.
"""

import json
import os
import re
import subprocess
import sys
import time

import numpy as np

from highs_models import FORMS, Problem


def binding():
    """The compiled core of HiGHS and what it came with."""
    try:
        from highspy import _core

        return _core, "highspy"
    except ImportError:
        import scipy
        from scipy.optimize._highspy import _core

        return _core, f"scipy {scipy.__version__}"


core, origin = binding()
binary = os.environ.get("HIGHS_BIN")


OPTIONS = {
    "textbook": {},
    "dual": {"solver": "simplex", "simplex_strategy": 1},
    "dual-plain": {"solver": "simplex", "simplex_strategy": 1, "presolve": "off"},
}


def with_model(lp):
    highs = core._Highs()
    highs.setOptionValue("output_flag", False)
    highs.passModel(lp)
    return highs


def in_memory(form, lp, limit):
    """One run through the binding: seconds, status, objective, iterations, solution."""
    highs = with_model(lp)
    for name, value in {**OPTIONS[form], "time_limit": float(limit)}.items():
        highs.setOptionValue(name, value)
    started = time.perf_counter()
    highs.run()
    seconds = time.perf_counter() - started
    info = highs.getInfo()
    status = highs.modelStatusToString(highs.getModelStatus())
    return seconds, status, info.objective_function_value, info.simplex_iteration_count, highs.getSolution()


class Values:
    """The solution file of a binary, in the shape of the binding's solution."""

    def __init__(self, text):
        primal, duals = text.split("# Dual solution values")
        self.col_value = self.section(primal, "Columns")
        self.row_dual = self.section(duals, "Rows")

    @staticmethod
    def section(text, name):
        lines = text[text.index(f"# {name} ") :].splitlines()
        return [float(line.split()[1]) for line in lines[1 : 1 + int(lines[0].split()[2])]]


def by_binary(form, lp, limit, folder):
    """One run of HIGHS_BIN on an MPS file; its own figure of the run's seconds, which leaves reading out."""
    os.makedirs(folder, exist_ok=True)
    model, options, solution = (os.path.join(folder, name) for name in (f"{form}.mps", "options", "solution"))
    if not os.path.exists(model):
        with_model(lp).writeModel(model)
    with open(options, "w") as file:
        file.writelines(f"{name} = {value}\n" for name, value in OPTIONS[form].items())
        file.write(f"time_limit = {limit}\n")
    asked = [binary, "--options_file", options, "--solution_file", solution, model]
    said = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    found = lambda pattern: re.search(pattern, said).group(1)
    seconds = float(found(r"HiGHS run time\s*:\s*([0-9.]+)"))
    status = found(r"Model status\s*:\s*(.+?)\s*\n")
    objective = float(found(r"Objective value\s*:\s*(\S+)"))
    pivots = re.search(r"Simplex\s+iterations\s*:\s*(\d+)", said)
    with open(solution) as file:
        values = Values(file.read())
    return seconds, status, objective, int(pivots.group(1)) if pivots else None, values


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

    def solve(self, form, limit):
        lp, weights_of = self.program(form)
        run = by_binary(form, lp, limit, self.folder) if binary else in_memory(form, lp, limit)
        seconds, status, objective, iterations, solution = run
        if status != "Optimal":
            return {"seconds": seconds, "status": status}
        sign = 1.0 if form == "textbook" else -1.0
        return {
            "seconds": seconds,
            "status": status,
            "objective": sign * objective,
            "iterations": iterations,
            "weights": [float(w) for w in weights_of(solution)],
        }


def version():
    if binary:
        said = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True).stdout
        return f"{said.splitlines()[0].strip()} (binary)"
    return f"HiGHS {core._Highs().version()} ({origin})"


def main():
    print(json.dumps({"version": version()}), flush=True)
    instance = None
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["ask"] == "load":
            instance = Instance(asked)
            answer = {"loaded": True}
        else:
            answer = instance.solve(asked["form"], asked["limit"])
        print(json.dumps(answer), flush=True)


main()
