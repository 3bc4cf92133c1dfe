#!/usr/bin/env python3
"""The command line of HiGHS's executable in front of a Python's HiGHS: its own readers, log and solution file."""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts"))
from highs_run import binding  # noqa: E402

core, _ = binding()
highs = core._Highs()
if sys.argv[1:] == ["--version"]:
    print(f"HiGHS version {highs.version()} Githash {highs.githash()}. Copyright (c) 2026 HiGHS under MIT licence terms")
    raise SystemExit(0)
options, solution, model = sys.argv[2], sys.argv[4], sys.argv[5]
assert sys.argv[1] == "--options_file" and sys.argv[3] == "--solution_file", sys.argv
for reads in (lambda: highs.readOptions(options), lambda: highs.readModel(model)):
    if reads() == core.HighsStatus.kError:
        raise SystemExit(1)
highs.run()
highs.writeSolution(solution, 0)
