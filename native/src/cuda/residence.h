#pragma once

#include "backend/matrix.h"
#include "cuda/loader.h"

namespace ballast::cuda {

/// A scenario matrix in the memory of a device, shared by all runs over it.
class DeviceSet {
 public:
  /// Copies the matrix over, in pieces between which `stop` is looked at. Throws DeviceError.
  DeviceSet(std::shared_ptr<const Library> library, const Scenarios& scenarios, const Stop& stop);
  ~DeviceSet();
  DeviceSet(const DeviceSet&) = delete;
  DeviceSet& operator=(const DeviceSet&) = delete;

  [[nodiscard]] const Library& library() const { return *library_; }
  [[nodiscard]] const Set* set() const { return set_; }
  [[nodiscard]] Index rows() const { return rows_; }
  [[nodiscard]] Index columns() const { return columns_; }

 private:
  std::shared_ptr<const Library> library_;
  Index rows_, columns_;
  Set* set_;
};

/// Every stride-th row of a set, as the solver asks for it. Its matrices throw DeviceError when the device fails.
class DeviceResidence final : public Residence {
 public:
  explicit DeviceResidence(std::shared_ptr<const DeviceSet> set) : DeviceResidence(set, 1, set->rows()) {}
  DeviceResidence(std::shared_ptr<const DeviceSet> set, Index stride, Index rows)
      : set_(std::move(set)), stride_(stride), rows_(rows) {}

  [[nodiscard]] std::unique_ptr<Matrix> open(double returnScale, const Stop& stop) const override;
  [[nodiscard]] std::shared_ptr<const Residence> thinned(Index stride, Index rows) const override {
    return std::make_shared<DeviceResidence>(set_, stride_ * stride, rows);
  }

 private:
  std::shared_ptr<const DeviceSet> set_;
  Index stride_, rows_;
};

}  // namespace ballast::cuda
