#pragma once

#include <memory>
#include <span>
#include <vector>

#include "backend/panel.h"
#include "ballast/problem.h"
#include "stop.h"

namespace ballast {

struct Master;

/// The scenario matrix as one run of the solver uses it: the calls that touch all of it. Returns count in units of the
/// run's return scale. Host and device answer the same questions, each with a fixed order of every sum.
class Matrix {
 public:
  virtual ~Matrix() = default;

  /// loss = -R w, [T].
  virtual void losses(const std::vector<double>& weights, std::vector<double>& loss) = 0;

  /// g += R' share, [N]; rows of share 0 are not read.
  virtual void addRows(const std::vector<double>& share, std::vector<double>& g) = 0;

  /// The products of a master cut from this matrix, where this backend does them better than the host; else nothing.
  [[nodiscard]] virtual std::unique_ptr<Panel> panel(const Master& master, Index assets) {
    static_cast<void>(master), static_cast<void>(assets);
    return nullptr;
  }
};

/// Where a backend keeps a scenario matrix between runs.
class Residence {
 public:
  virtual ~Residence() = default;

  /// The matrix for one run, with returns divided by `returnScale`. `stop` outlives it.
  [[nodiscard]] virtual std::unique_ptr<Matrix> open(double returnScale, const Stop& stop) const = 0;

  /// Every stride-th row, `rows` of them, in the same place.
  [[nodiscard]] virtual std::shared_ptr<const Residence> thinned(Index stride, Index rows) const = 0;
};

}  // namespace ballast
