#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "cuda/table.h"

namespace ballast::cuda {

/// A device that failed: thrown out of the depth of a solve, which then goes on without it.
class DeviceError : public std::runtime_error {
 public:
  DeviceError(Code code, const std::string& text) : std::runtime_error(text), code_(code) {}
  [[nodiscard]] Code code() const { return code_; }

 private:
  Code code_;
};

/// A loaded libballast_cuda.so and its device.
class Library {
 public:
  /// Throws DeviceError when there is no library, driver or device of use.
  [[nodiscard]] static std::shared_ptr<const Library> load();

  [[nodiscard]] const Device& device() const { return device_; }
  [[nodiscard]] const Table& table() const { return *table_; }

  /// Calls a function of the table; a fault becomes a DeviceError.
  template <class Function, class... Arguments>
  auto call(Function Table::*function, Arguments... arguments) const {
    Fault fault{};
    if constexpr (std::is_void_v<decltype((table_->*function)(arguments..., &fault))>) {
      (table_->*function)(arguments..., &fault);
      check(fault);
    } else {
      const auto result = (table_->*function)(arguments..., &fault);
      check(fault);
      return result;
    }
  }

 private:
  static void check(const Fault& fault);

  const Table* table_ = nullptr;
  Device device_{};
};

}  // namespace ballast::cuda
