"""HiGHS as highspy or scipy bring it.

    python3 highs_run.py                  one JSON line: its version
    python3 highs_run.py MODEL OPTIONS    one run over an MPS file with options as a JSON object: status, objective, seconds
"""

import json
import sys
import time


def binding():
    """The compiled core of HiGHS and what it came with."""
    try:
        from highspy import _core

        return _core, "highspy"
    except ImportError:
        import scipy
        from scipy.optimize._highspy import _core

        return _core, f"scipy {scipy.__version__}"


def version(core, origin):
    return f"HiGHS {core._Highs().version()} ({origin})"


def instance(core, options):
    """A silent HiGHS with these options."""
    highs = core._Highs()
    highs.setOptionValue("output_flag", False)
    for name, value in options.items():
        highs.setOptionValue(name, value)
    return highs


def run(highs):
    """One run of a model that was passed or read: its wall time in seconds, HiGHS's word for how it ended, its figures."""
    started = time.perf_counter()
    highs.run()
    seconds = time.perf_counter() - started
    return seconds, highs.modelStatusToString(highs.getModelStatus()), highs.getInfo()


def main(model=None, options="{}"):
    core, origin = binding()
    if model is None:
        answer = {"version": version(core, origin)}
    else:
        highs = instance(core, json.loads(options))
        if highs.readModel(model) == core.HighsStatus.kError:
            raise SystemExit(f"cannot read {model}")
        seconds, status, info = run(highs)
        objective = info.objective_function_value if status == "Optimal" else None
        answer = {"status": status, "objective": objective, "seconds": seconds}
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
