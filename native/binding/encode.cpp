#include "encode.h"

#include <algorithm>
#include <string>
#include <vector>

namespace ballast {
namespace {

Napi::Value floats(Napi::Env env, const std::vector<double>& values) {
  Napi::Float64Array array = Napi::Float64Array::New(env, values.size());
  std::copy(values.begin(), values.end(), array.Data());
  return array;
}

Napi::Value texts(Napi::Env env, const std::vector<std::string>& values) {
  Napi::Array array = Napi::Array::New(env, values.size());
  for (std::size_t i = 0; i < values.size(); ++i) array.Set(static_cast<std::uint32_t>(i), values[i]);
  return array;
}

}  // namespace

Napi::Object encodeAnswer(Napi::Env env, const Answer& answer) {
  const Figures& figures = answer.figures;
  const bool solved = answer.status == Status::Optimal || answer.status == Status::Feasible;
  Napi::Object dto = Napi::Object::New(env);
  const auto number = [&](const char* name, double value) { dto.Set(name, Napi::Number::New(env, value)); };
  dto.Set("status", statusName(answer.status));
  dto.Set("field", answer.field);
  dto.Set("message", answer.message);
  dto.Set("conflict", texts(env, answer.conflict));
  dto.Set("weights", solved ? floats(env, answer.weights) : env.Null());
  number("cash", figures.cash);
  number("objective", figures.objective);
  number("lowerBound", figures.lowerBound);
  number("gap", figures.gap);
  number("cvar", figures.cvar);
  number("var", figures.var);
  number("expectedReturn", figures.expectedReturn);
  number("cost", figures.cost);
  number("violation", figures.violation);
  dto.Set("scenarioDual", solved ? floats(env, answer.duals.scenario) : env.Null());
  number("budgetDual", answer.duals.budget);
  number("buysDual", answer.duals.buys);
  number("sellsDual", answer.duals.sells);
  number("tradedDual", answer.duals.traded);
  number("leverageDual", answer.duals.leverage);
  number("minimumReturnDual", answer.duals.minimumReturn);
  number("maximumCvarDual", answer.duals.maximumCvar);
  dto.Set("groupDuals", solved ? floats(env, answer.duals.groups) : env.Null());
  dto.Set("reducedCost", solved ? floats(env, answer.duals.reducedCost) : env.Null());
  number("iterations", static_cast<double>(answer.iterations));
  number("passes", static_cast<double>(answer.passes));
  number("elapsedMs", answer.elapsedMs);
  dto.Set("backend", answer.backend);
  dto.Set("fallback", answer.fallback);
  return dto;
}

Napi::Object encodeFrontier(Napi::Env env, const Frontier& frontier) {
  Napi::Object dto = Napi::Object::New(env);
  dto.Set("status", statusName(frontier.status));
  dto.Set("field", frontier.field);
  dto.Set("message", frontier.message);
  dto.Set("conflict", texts(env, frontier.conflict));
  dto.Set("floors", floats(env, frontier.floors));
  Napi::Array points = Napi::Array::New(env, frontier.points.size());
  for (std::size_t k = 0; k < frontier.points.size(); ++k) {
    points.Set(static_cast<std::uint32_t>(k), encodeAnswer(env, frontier.points[k]));
  }
  dto.Set("points", points);
  return dto;
}

Napi::Object encodeProgress(Napi::Env env, const Progress& progress) {
  Napi::Object dto = Napi::Object::New(env);
  dto.Set("elapsedMs", progress.elapsedMs);
  dto.Set("gap", progress.gap);
  dto.Set("iterations", static_cast<double>(progress.iterations));
  dto.Set("passes", static_cast<double>(progress.passes));
  return dto;
}

}  // namespace ballast
