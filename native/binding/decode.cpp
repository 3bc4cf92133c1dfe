#include "decode.h"

#include <cmath>

namespace ballast {
namespace {

/// Reads fields and remembers the first one of the wrong type.
class Reader {
 public:
  std::optional<InvalidInput> fault;

  double number(const Napi::Object& from, const char* name, const std::string& path) {
    const Napi::Value value = from.Get(name);
    if (value.IsNumber()) return value.As<Napi::Number>().DoubleValue();
    refuse(path, "is not a number");
    return 0.0;
  }

  std::optional<double> maybeNumber(const Napi::Object& from, const char* name, const std::string& path) {
    if (from.Get(name).IsNull()) return std::nullopt;
    return number(from, name, path);
  }

  Index count(const Napi::Object& from, const char* name, const std::string& path) {
    const double value = number(from, name, path);
    if (value == std::floor(value) && std::fabs(value) < 9e15) return static_cast<Index>(value);
    refuse(path, "is not a whole number");
    return 0;
  }

  View array(const Napi::Object& from, const char* name, const std::string& path) {
    const Napi::Value value = from.Get(name);
    if (value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_float64_array) {
      const Napi::Float64Array typed = value.As<Napi::Float64Array>();
      return View(typed.Data(), typed.ElementLength());
    }
    refuse(path, "is not a Float64Array");
    return {};
  }

  std::optional<View> maybeArray(const Napi::Object& from, const char* name, const std::string& path) {
    if (from.Get(name).IsNull()) return std::nullopt;
    return array(from, name, path);
  }

  /// A nested object; nothing, with a fault, when it is not one.
  std::optional<Napi::Object> object(const Napi::Value& value, const std::string& path) {
    if (value.IsObject()) return value.As<Napi::Object>();
    refuse(path, "is not an object");
    return std::nullopt;
  }

 private:
  void refuse(const std::string& path, const std::string& why) {
    if (!fault) fault = InvalidInput{path, path + " " + why};
  }
};

void readGroups(Reader& reader, const Napi::Object& dto, Problem& problem) {
  const Napi::Value value = dto.Get("groups");
  if (!value.IsArray()) return;
  const Napi::Array rows = value.As<Napi::Array>();
  for (std::uint32_t g = 0; g < rows.Length(); ++g) {
    const std::string path = "groups[" + std::to_string(g) + "]";
    const std::optional<Napi::Object> row = reader.object(rows.Get(g), path);
    if (!row) return;
    GroupRow group;
    group.name = row->Get("name").ToString().Utf8Value();
    group.coefficients = reader.array(*row, "coefficients", path + ".coefficients");
    group.lower = reader.maybeNumber(*row, "lower", path + ".lower");
    group.upper = reader.maybeNumber(*row, "upper", path + ".upper");
    problem.groups.push_back(std::move(group));
  }
}

Napi::Value floats(Napi::Env env, const std::vector<double>& values) {
  Napi::Float64Array array = Napi::Float64Array::New(env, values.size());
  std::copy(values.begin(), values.end(), array.Data());
  return array;
}

}  // namespace

Decoded decodeProblem(const Napi::Object& dto) {
  Decoded decoded;
  Problem& problem = decoded.problem;
  Reader reader;
  if (const auto scenarios = reader.object(dto.Get("scenarios"), "scenarios")) {
    problem.scenarios.rows = reader.count(*scenarios, "rows", "scenarios.rows");
    problem.scenarios.columns = reader.count(*scenarios, "columns", "scenarios.columns");
    problem.scenarios.returns = reader.array(*scenarios, "returns", "scenarios.returns");
    problem.scenarios.probabilities = reader.maybeArray(*scenarios, "probabilities", "scenarios.probabilities");
  }
  problem.confidence = reader.number(dto, "confidence", "confidence");
  problem.riskAversion = reader.number(dto, "riskAversion", "riskAversion");
  problem.mean = reader.maybeArray(dto, "mean", "mean");
  problem.lower = reader.array(dto, "lower", "lower");
  problem.upper = reader.array(dto, "upper", "upper");
  problem.funding = reader.maybeArray(dto, "funding", "funding");
  problem.held = reader.maybeArray(dto, "held", "held");
  if (const auto cash = reader.object(dto.Get("cash"), "cash")) {
    problem.cashLower = reader.number(*cash, "lower", "cash.lower");
    problem.cashUpper = reader.number(*cash, "upper", "cash.upper");
  }
  if (!dto.Get("cost").IsNull()) {
    if (const auto cost = reader.object(dto.Get("cost"), "cost")) {
      problem.cost = Costs{reader.array(*cost, "buy", "cost.buy"), reader.array(*cost, "sell", "cost.sell"),
                           reader.number(*cost, "holdingPeriods", "cost.holdingPeriods")};
    }
  }
  readGroups(reader, dto, problem);
  problem.turnover = reader.maybeNumber(dto, "turnover", "turnover");
  decoded.fault = reader.fault;
  return decoded;
}

Options decodeOptions(const Napi::Object& dto) {
  Options options;
  options.tolerance = dto.Get("tolerance").ToNumber().DoubleValue();
  options.timeLimitMs = dto.Get("timeLimitMs").ToNumber().DoubleValue();
  return options;
}

Napi::Object encodeAnswer(Napi::Env env, const Answer& answer) {
  const Figures& figures = answer.figures;
  const bool solved = answer.status == Status::Optimal || answer.status == Status::Feasible;
  Napi::Object dto = Napi::Object::New(env);
  const auto number = [&](const char* name, double value) { dto.Set(name, Napi::Number::New(env, value)); };
  dto.Set("status", statusName(answer.status));
  dto.Set("field", answer.field);
  dto.Set("message", answer.message);
  Napi::Array conflict = Napi::Array::New(env, answer.conflict.size());
  for (std::size_t i = 0; i < answer.conflict.size(); ++i) {
    conflict.Set(static_cast<std::uint32_t>(i), answer.conflict[i]);
  }
  dto.Set("conflict", conflict);
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
  dto.Set("groupDuals", solved ? floats(env, answer.duals.groups) : env.Null());
  dto.Set("reducedCost", solved ? floats(env, answer.duals.reducedCost) : env.Null());
  number("iterations", static_cast<double>(answer.iterations));
  number("passes", static_cast<double>(answer.passes));
  number("elapsedMs", answer.elapsedMs);
  dto.Set("backend", answer.backend);
  return dto;
}

}  // namespace ballast
