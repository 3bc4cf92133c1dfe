#pragma once

#include <napi.h>

#include "ballast/frontier.h"
#include "ballast/solve.h"

namespace ballast {

/// The answer object of src/adapters/solver/dto.ts, every field present, null where it does not apply.
[[nodiscard]] Napi::Object encodeAnswer(Napi::Env env, const Answer& answer);

/// { status, field, message, conflict, floors, points }: a floor and an answer object for each point.
[[nodiscard]] Napi::Object encodeFrontier(Napi::Env env, const Frontier& frontier);

/// { elapsedMs, gap, iterations, passes }.
[[nodiscard]] Napi::Object encodeProgress(Napi::Env env, const Progress& progress);

}  // namespace ballast
