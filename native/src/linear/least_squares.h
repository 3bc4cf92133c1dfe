#pragma once

#include <vector>

#include "ballast/problem.h"

namespace ballast {

/// Householder QR with column pivoting of a matrix A [rows x columns], kept to solve with A and with its transpose.
/// Columns that depend on earlier ones are left out. Golub & Van Loan, Matrix Computations, section 5.4.2.
/// Cost: 2 rows columns min(rows, columns) to make, 4 rows min(rows, columns) to solve.
class LeastSquares {
 public:
  /// `a` is row-major.
  LeastSquares(const std::vector<double>& a, Index rows, Index columns);

  /// Minimises |A x - b|; columns left out get 0. [columns]
  [[nodiscard]] std::vector<double> solve(std::vector<double> b) const;

  /// The shortest y with A'y = c in the columns not left out; the others follow where the system is consistent. [rows]
  [[nodiscard]] std::vector<double> solveTransposed(const std::vector<double>& c) const;

 private:
  void choosePivot(Index step);
  void reflect(Index step, double* x) const;

  Index rows_, columns_;
  std::vector<double> q_;         // [columns x rows] a column's R above, its reflector from the diagonal down
  std::vector<Index> order_;      // [columns] which column of A stands where
  std::vector<double> length_;    // [columns] squared length below the steps done
  std::vector<double> measured_;  // [columns] that length when it was last summed up
  std::vector<double> diagonal_;  // [rank] of R
  std::vector<double> half_;      // [rank] half the squared length of a reflector
};

}  // namespace ballast
