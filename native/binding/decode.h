#pragma once

#include <napi.h>

#include <string>

#include "ballast/solve.h"

namespace ballast {

/// A problem as it crossed the bridge: views into the caller's typed arrays, or the first field of the wrong type.
struct Decoded {
  Problem problem;
  std::optional<InvalidInput> fault;
};

/// Reads the problem object of src/adapters/solver/dto.ts. Absent fields are null or missing. Copies no array: the caller
/// keeps `dto` referenced until the solve ends.
[[nodiscard]] Decoded decodeProblem(const Napi::Object& dto);

/// Reads { tolerance, timeLimitMs, threads, backend }; the last two may be missing, and more than 256 threads count as 256.
[[nodiscard]] Options decodeOptions(const Napi::Object& dto);

}  // namespace ballast
