#pragma once

#include <vector>

namespace ballast {

/// Minimises |A x - b| for A [rows x columns], row-major, by Householder QR with column pivoting; columns that depend on
/// earlier ones get 0. Golub & Van Loan, Matrix Computations, section 5.4.2.  Cost: 2 rows columns min(rows, columns).
[[nodiscard]] std::vector<double> leastSquares(std::vector<double> a, long rows, long columns, std::vector<double> b);

}  // namespace ballast
