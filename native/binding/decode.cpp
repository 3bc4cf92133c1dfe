#include "decode.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace ballast {
namespace {

/// Threads beyond this many are not started.
constexpr double kMostThreads = 256.0;

bool absent(const Napi::Object& from, const char* name) {
  const Napi::Value value = from.Get(name);
  return value.IsNull() || value.IsUndefined();
}

std::string indexed(const std::string& path, std::size_t index) { return path + "[" + std::to_string(index) + "]"; }

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
    if (absent(from, name)) return std::nullopt;
    return number(from, name, path);
  }

  Index count(const Napi::Object& from, const char* name, const std::string& path) {
    const double value = number(from, name, path);
    if (value == std::floor(value) && std::fabs(value) < 9e15) return static_cast<Index>(value);
    refuse(path, "is not a whole number");
    return 0;
  }

  View array(const Napi::Object& from, const char* name, const std::string& path,
             const char* wanted = "a Float64Array") {
    const Napi::Value value = from.Get(name);
    if (value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_float64_array) {
      const Napi::Float64Array typed = value.As<Napi::Float64Array>();
      return View(typed.Data(), typed.ElementLength());
    }
    refuse(path, std::string("is not ") + wanted);
    return {};
  }

  std::optional<View> maybeArray(const Napi::Object& from, const char* name, const std::string& path) {
    if (absent(from, name)) return std::nullopt;
    return array(from, name, path);
  }

  /// Floats of single precision; nothing, and no fault, when the array is of another type.
  std::optional<std::span<const float>> singles(const Napi::Object& from, const char* name) {
    const Napi::Value value = from.Get(name);
    if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_float32_array) {
      return std::nullopt;
    }
    const Napi::Float32Array typed = value.As<Napi::Float32Array>();
    return std::span<const float>(typed.Data(), typed.ElementLength());
  }

  /// The objects of a list, none when it is absent.
  std::vector<Napi::Object> objects(const Napi::Object& from, const char* name, const std::string& path) {
    std::vector<Napi::Object> rows;
    if (absent(from, name)) return rows;
    const Napi::Value value = from.Get(name);
    if (!value.IsArray()) {
      refuse(path, "is not a list");
      return rows;
    }
    const Napi::Array list = value.As<Napi::Array>();
    for (std::uint32_t k = 0; k < list.Length(); ++k) {
      const std::optional<Napi::Object> row = object(list.Get(k), indexed(path, k));
      if (row) rows.push_back(*row);
    }
    return rows;
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

void readScenarios(Reader& reader, const Napi::Object& dto, Scenarios& scenarios) {
  scenarios.rows = reader.count(dto, "rows", "scenarios.rows");
  scenarios.columns = reader.count(dto, "columns", "scenarios.columns");
  if (const auto single = reader.singles(dto, "returns")) {
    scenarios.single = *single;
  } else {
    scenarios.returns = reader.array(dto, "returns", "scenarios.returns", "a Float64Array or a Float32Array");
  }
  scenarios.probabilities = reader.maybeArray(dto, "probabilities", "scenarios.probabilities");
}

Costs readCosts(Reader& reader, const Napi::Object& dto) {
  Costs costs;
  costs.buy = reader.array(dto, "buy", "cost.buy");
  costs.sell = reader.array(dto, "sell", "cost.sell");
  costs.holdingPeriods = reader.number(dto, "holdingPeriods", "cost.holdingPeriods");
  for (const Napi::Object& row : reader.objects(dto, "steps", "cost.steps")) {
    const std::string path = indexed("cost.steps", costs.steps.size());
    CostStep step;
    step.beyond = reader.array(row, "beyond", path + ".beyond");
    step.buy = reader.array(row, "buy", path + ".buy");
    step.sell = reader.array(row, "sell", path + ".sell");
    costs.steps.push_back(step);
  }
  return costs;
}

void readGroups(Reader& reader, const Napi::Object& dto, Problem& problem) {
  for (const Napi::Object& row : reader.objects(dto, "groups", "groups")) {
    const std::string path = indexed("groups", problem.groups.size());
    GroupRow group;
    group.name = row.Get("name").ToString().Utf8Value();
    group.coefficients = reader.array(row, "coefficients", path + ".coefficients");
    group.lower = reader.maybeNumber(row, "lower", path + ".lower");
    group.upper = reader.maybeNumber(row, "upper", path + ".upper");
    problem.groups.push_back(std::move(group));
  }
}

/// The limits on sums that a problem may have, one number each, and the limit on names.
void readLimits(Reader& reader, const Napi::Object& dto, Problem& problem) {
  problem.turnover = reader.maybeNumber(dto, "turnover", "turnover");
  problem.traded = reader.maybeNumber(dto, "traded", "traded");
  problem.leverage = reader.maybeNumber(dto, "leverage", "leverage");
  problem.minimumReturn = reader.maybeNumber(dto, "minimumReturn", "minimumReturn");
  problem.maximumCvar = reader.maybeNumber(dto, "maximumCvar", "maximumCvar");
  if (absent(dto, "cardinality")) return;
  if (const auto names = reader.object(dto.Get("cardinality"), "cardinality")) {
    Cardinality cardinality;
    cardinality.most = reader.count(*names, "most", "cardinality.most");
    cardinality.smallest = reader.array(*names, "smallest", "cardinality.smallest");
    problem.cardinality = cardinality;
  }
}

/// "cpu", "cuda" or "auto"; what is missing or none of them is "cpu".
Backend readBackend(const Napi::Value& value) {
  if (!value.IsString()) return Backend::Cpu;
  const std::string name = value.As<Napi::String>().Utf8Value();
  return name == "cuda" ? Backend::Cuda : name == "auto" ? Backend::Auto : Backend::Cpu;
}

}  // namespace

Decoded decodeProblem(const Napi::Object& dto) {
  Decoded decoded;
  Problem& problem = decoded.problem;
  Reader reader;
  if (const auto scenarios = reader.object(dto.Get("scenarios"), "scenarios")) {
    readScenarios(reader, *scenarios, problem.scenarios);
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
  if (!absent(dto, "cost")) {
    if (const auto cost = reader.object(dto.Get("cost"), "cost")) problem.cost = readCosts(reader, *cost);
  }
  readGroups(reader, dto, problem);
  readLimits(reader, dto, problem);
  decoded.fault = reader.fault;
  return decoded;
}

Options decodeOptions(const Napi::Object& dto) {
  Options options;
  options.tolerance = dto.Get("tolerance").ToNumber().DoubleValue();
  options.timeLimitMs = dto.Get("timeLimitMs").ToNumber().DoubleValue();
  if (!absent(dto, "threads")) {
    options.threads = static_cast<int>(std::clamp(dto.Get("threads").ToNumber().DoubleValue(), 1.0, kMostThreads));
  }
  options.backend = readBackend(dto.Get("backend"));
  return options;
}

}  // namespace ballast
