// The inner loops of every instruction set this processor runs, and the matrix built on them, beside plain sums.
#include "kernels/kernels.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "check.h"
#include "linear/least_squares.h"
#include "linear/symmetric.h"
#include "sample.h"

using namespace ballast;
using namespace ballast::test;

namespace {

std::vector<double> numbers(Index count, std::uint64_t seed) {
  Stream stream(seed);
  std::vector<double> values(count);
  for (double& value : values) value = stream.between(-1.0, 1.0);
  return values;
}

double furthest(const std::vector<double>& a, const std::vector<double>& b) {
  double most = 0.0;
  for (std::size_t k = 0; k < a.size(); ++k) most = std::max(most, std::fabs(a[k] - b[k]));
  return most;
}

/// panel' D panel with a column of ones appended, dense.
std::vector<double> plainGram(const std::vector<double>& panel, const std::vector<double>& weight, Index columns) {
  const Index size = columns + 1, rows = static_cast<Index>(weight.size());
  std::vector<double> gram(size * size, 0.0);
  const auto at = [&](Index j, Index c) { return c == columns ? 1.0 : panel[j * columns + c]; };
  for (Index j = 0; j < rows; ++j) {
    for (Index r = 0; r < size; ++r) {
      for (Index c = 0; c < size; ++c) gram[r * size + c] += weight[j] * at(j, r) * at(j, c);
    }
  }
  return gram;
}

}  // namespace

TEST("row products and row sums are right for every width and instruction set") {
  for (const Kernels* inner : runnableKernels()) {
    for (const Index columns : {1, 3, 8, 15, 16, 17, 40}) {
      for (const Index rows : {1, 2, 4, 5, 11}) {
        const std::string name = std::string(inner->name) + " " + std::to_string(rows) + "x" + std::to_string(columns);
        const std::vector<double> r = numbers(rows * columns, 3), w = numbers(columns, 4);
        std::vector<double> q = numbers(rows, 5);
        if (rows > 2) q[1] = 0.0;
        const std::vector<float> single(r.begin(), r.end());
        std::vector<double> y(rows, 0.0), g(columns, 1.0), yPlain(rows, 0.0), gPlain(columns, 1.0);
        for (Index t = 0; t < rows; ++t) {
          for (Index i = 0; i < columns; ++i) {
            yPlain[t] += r[t * columns + i] * w[i];
            gPlain[i] += r[t * columns + i] * q[t];
          }
        }
        inner->rowDots(r.data(), rows, columns, w.data(), y.data());
        inner->addRows(r.data(), rows, columns, q.data(), g.data());
        check(furthest(y, yPlain) < 1e-14, name + ": dots");
        check(furthest(g, gPlain) < 1e-14, name + ": sums");
        std::fill(g.begin(), g.end(), 1.0);
        inner->rowDotsSingle(single.data(), rows, columns, w.data(), y.data());
        inner->addRowsSingle(single.data(), rows, columns, q.data(), g.data());
        check(furthest(y, yPlain) < 1e-5, name + ": dots of float32");
        check(furthest(g, gPlain) < 1e-5, name + ": sums of float32");
      }
    }
  }
}

TEST("tile products are right for every depth and instruction set") {
  for (const Kernels* inner : runnableKernels()) {
    for (const Index depth : {0, 1, 7, 16, 33}) {
      const std::vector<double> a = numbers(depth * kStrip, 6), b = numbers(depth * kStrip, 7);
      std::vector<double> tile = numbers(kStrip * kStrip, 8), plain = tile;
      for (Index k = 0; k < depth; ++k) {
        for (Index col = 0; col < kStrip; ++col) {
          for (Index row = 0; row < kStrip; ++row) plain[col * kStrip + row] -= a[k * kStrip + row] * b[k * kStrip + col];
        }
      }
      const std::vector<float> aSingle(a.begin(), a.end()), bSingle(b.begin(), b.end());
      std::vector<float> single(kStrip * kStrip, 0.0f);
      inner->addTileSingle(depth, aSingle.data(), bSingle.data(), single.data());
      for (Index k = 0; k < kStrip * kStrip; ++k) {
        check(std::fabs(static_cast<double>(single[k]) - (tile[k] - plain[k])) < 1e-5, std::string(inner->name) + ": float32");
      }
      inner->addTile(depth, a.data(), b.data(), -1.0, tile.data());
      check(furthest(tile, plain) < 1e-13, std::string(inner->name) + ": float64");
    }
  }
}

TEST("a Gram matrix is factored and solved at every size, in both precisions") {
  Pool pool(2);
  for (const Index columns : {0, 1, 14, 15, 16, 31, 47, 130}) {
    for (const bool single : {false, true}) {
      const Index rows = 3 * columns + 400, size = columns + 1;
      const std::vector<double> panel = numbers(rows * columns, 9);
      std::vector<double> weight = numbers(rows, 10);
      for (double& value : weight) value = std::max(value, 0.0);  // half of the rows do not count
      Symmetric matrix;
      matrix.reset(size);
      matrix.addGram(panel.data(), weight, single, pool);
      const std::vector<double> plain = plainGram(panel, weight, columns);
      double apart = 0.0;
      for (Index r = 0; r < size; ++r) {
        for (Index c = 0; c <= r; ++c) apart = std::max(apart, std::fabs(matrix.at(r, c) - plain[r * size + c]));
      }
      const std::string name = std::to_string(columns) + (single ? " columns in float32" : " columns");
      check(apart < (single ? 1e-3 : 1e-11), name + ": Gram");
      check(matrix.factor(pool), name + ": positive definite");
      const std::vector<double> x = numbers(size, 11);
      std::vector<double> b(size, 0.0), many;
      for (Index r = 0; r < size; ++r) {
        for (Index c = 0; c < size; ++c) b[r] += plain[r * size + c] * x[c];
      }
      for (int side = 0; side < 18; ++side) many.insert(many.end(), b.begin(), b.end());
      matrix.forward(many.data(), 18);
      for (int side = 0; side < 18; ++side) {
        std::vector<double> solved(many.begin() + side * size, many.begin() + (side + 1) * size);
        matrix.backward(solved.data());
        check(furthest(solved, x) < (single ? 1e-3 : 1e-10), name + ": solution");
      }
      matrix.forward(b.data(), 1);
      matrix.backward(b.data());
      check(furthest(b, x) < (single ? 1e-3 : 1e-10), name + ": solution of one side");
    }
  }
}

TEST("a matrix that is not positive definite is refused") {
  Pool pool(1);
  Symmetric matrix;
  matrix.reset(3);
  for (Index k = 0; k < 3; ++k) matrix.at(k, k) = k == 1 ? -1.0 : 1.0;
  check(!matrix.factor(pool), "refused");
}

TEST("least squares fit, and leave dependent columns at zero") {
  // Column 2 is twice column 0: the fit uses one of them.
  const std::vector<double> a = {1, 0, 2, 1, 1, 2, 1, 2, 2};
  const LeastSquares square(a, 3, 3);
  const std::vector<double> x = square.solve({5.0, 8.0, 11.0});
  for (int row = 0; row < 3; ++row) {
    near(a[row * 3] * x[0] + a[row * 3 + 1] * x[1] + a[row * 3 + 2] * x[2], 5.0 + 3.0 * row, 1e-13, "fit");
  }
  check(x[0] == 0.0 || x[2] == 0.0, "a dependent column stays at zero");
  const std::vector<double> line = LeastSquares({1, 0, 1, 1, 1, 2}, 3, 2).solve({0.0, 1.0, 1.0});
  near(line[0], 1.0 / 6.0, 1e-14, "intercept");
  near(line[1], 0.5, 1e-14, "slope");
  // Transposed and consistent: every equation holds, that of the column left out too.
  const std::vector<double> y = square.solveTransposed({3.0, 5.0, 6.0});
  for (int column = 0; column < 3; ++column) {
    const double wanted[] = {3.0, 5.0, 6.0};
    near(a[column] * y[0] + a[3 + column] * y[1] + a[6 + column] * y[2], wanted[column], 1e-13, "transposed fit");
  }
}

TEST("least squares agree with their normal equations, and their transpose with the shortest solution") {
  constexpr Index rows = 23, columns = 9;
  Stream stream(5);
  std::vector<double> a(rows * columns), b(rows), c(columns);
  for (std::vector<double>* values : {&a, &b, &c}) {
    for (double& value : *values) value = stream.between(-1.0, 1.0);
  }
  const LeastSquares solver(a, rows, columns);
  const std::vector<double> x = solver.solve(b), y = solver.solveTransposed(c);
  for (Index k = 0; k < columns; ++k) {
    double normal = 0.0, met = 0.0;
    for (Index i = 0; i < rows; ++i) {
      double left = b[i];
      for (Index j = 0; j < columns; ++j) left -= a[i * columns + j] * x[j];
      normal += a[i * columns + k] * left;
      met += a[i * columns + k] * y[i];
    }
    near(normal, 0.0, 1e-12, "residual is orthogonal to the columns");
    near(met, c[k], 1e-12, "transposed");
  }
}
