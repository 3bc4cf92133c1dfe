"""highs.py FILE N T: the gpu_bench problem as its dual linear programme under scipy's HiGHS; one line of JSON."""
import json, sys, time
import numpy, scipy
from scipy.optimize import linprog

file, n, t = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
returns = numpy.fromfile(file, dtype=numpy.float32).reshape(t, n).astype(float)
mean = 0.0005 + 0.0005 * (numpy.arange(n) % 7) / 7
cap = min(1.0, 10.0 / n)
# max y - cap sum z   subject to   R'q + y - z <= -mean,  sum q = 1,  0 <= q <= 1 / ((1 - alpha) t),  z >= 0
cost = numpy.concatenate([numpy.zeros(t), [-1.0], numpy.full(n, cap)])
rows = numpy.hstack([returns.T, numpy.ones((n, 1)), -numpy.eye(n)])
total = numpy.concatenate([numpy.ones(t), numpy.zeros(n + 1)])[None, :]
bounds = [(0, 1 / (0.05 * t))] * t + [(None, None)] + [(0, None)] * n
begin = time.time()
answer = linprog(cost, rows, -mean, total, [1.0], bounds, method="highs-ds", options={"time_limit": 240.0})
took = time.time() - begin
print(json.dumps({"solver": f"HiGHS of scipy {scipy.__version__}", "status": answer.message,
                  "objective": None if answer.fun is None else -answer.fun, "seconds": took}))
