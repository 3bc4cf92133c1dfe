#include "work.h"

#include <cmath>
#include <vector>

#include "ballast/frontier.h"
#include "ballast/many.h"
#include "decode.h"
#include "encode.h"

namespace ballast {
namespace {

/// Marks an Answer or a Frontier as refused.
template <class Result>
void refuse(Result& result, const InvalidInput& fault) {
  result.status = Status::InvalidInput;
  result.field = fault.field;
  result.message = fault.message;
}

template <class Result>
void numerical(Result& result, const std::string& message) {
  result = Result{};
  result.status = Status::Numerical;
  result.message = message;
}

/// The scenarios as the store holds them, when they are to be on a device; as they came when it does not: then the solve
/// itself says why.
Scenarios held(ScenarioStore& store, const Scenarios& scenarios, const Options& options, const CancelToken& cancel) {
  if (options.backend == Backend::Cpu) return scenarios;
  const Held found = store.hold(scenarios, options, cancel);
  return found.status == Status::Optimal ? found.scenarios : scenarios;
}

class SolveWork final : public Work {
 public:
  SolveWork(const Napi::Object& problem, ScenarioStore& store) : decoded_(decodeProblem(problem)), store_(store) {}

  void run(const Options& options, const CancelToken& cancel) override {
    if (decoded_.fault) return refuse(answer_, *decoded_.fault);
    decoded_.problem.scenarios = held(store_, decoded_.problem.scenarios, options, cancel);
    answer_ = solve(decoded_.problem, options, cancel);
  }
  void fail(const std::string& message) override { numerical(answer_, message); }
  Napi::Value answer(Napi::Env env) const override { return encodeAnswer(env, answer_); }

 private:
  Decoded decoded_;
  ScenarioStore& store_;
  Answer answer_;
};

class FrontierWork final : public Work {
 public:
  FrontierWork(const Napi::Object& problem, double points, ScenarioStore& store)
      : decoded_(decodeProblem(problem)), points_(points), store_(store) {}

  void run(const Options& options, const CancelToken& cancel) override {
    if (decoded_.fault) return refuse(answer_, *decoded_.fault);
    if (points_ != std::floor(points_) || std::fabs(points_) > 1e9) {
      return refuse(answer_, {"points", "points is not a whole number"});
    }
    decoded_.problem.scenarios = held(store_, decoded_.problem.scenarios, options, cancel);
    answer_ = frontier(decoded_.problem, static_cast<Index>(points_), options, cancel);
  }
  void fail(const std::string& message) override { numerical(answer_, message); }
  Napi::Value answer(Napi::Env env) const override { return encodeFrontier(env, answer_); }

 private:
  Decoded decoded_;
  double points_;
  ScenarioStore& store_;
  Frontier answer_;
};

class ManyWork final : public Work {
 public:
  ManyWork(const Napi::Array& list, ScenarioStore& store) : store_(store), answers_(list.Length()) {
    for (std::uint32_t k = 0; k < list.Length(); ++k) {
      const Napi::Value value = list.Get(k);
      Decoded decoded;
      if (value.IsObject()) decoded = decodeProblem(value.As<Napi::Object>());
      else decoded.fault = InvalidInput{"problem", "problem is not an object"};
      if (decoded.fault) {
        refuse(answers_[k], *decoded.fault);
      } else {
        problems_.push_back(std::move(decoded.problem));
        places_.push_back(k);
      }
    }
  }

  void run(const Options& options, const CancelToken& cancel) override {
    if (!problems_.empty()) {
      const Scenarios first = problems_.front().scenarios, shared = held(store_, first, options, cancel);
      for (Problem& problem : problems_) {
        Scenarios& own = problem.scenarios;  // of another array: refused where it is compared
        const bool same = own.returns.data() == first.returns.data() && own.single.data() == first.single.data();
        if (same && own.rows == first.rows) own.residence = shared.residence, own.largest = shared.largest;
      }
    }
    std::vector<Answer> found = solveMany(problems_, options, cancel);
    for (std::size_t i = 0; i < found.size(); ++i) answers_[places_[i]] = std::move(found[i]);
  }
  void fail(const std::string& message) override {
    for (const std::size_t place : places_) numerical(answers_[place], message);
  }
  Napi::Value answer(Napi::Env env) const override {
    Napi::Array list = Napi::Array::New(env, answers_.size());
    for (std::size_t k = 0; k < answers_.size(); ++k) {
      list.Set(static_cast<std::uint32_t>(k), encodeAnswer(env, answers_[k]));
    }
    return list;
  }

 private:
  ScenarioStore& store_;
  std::vector<Problem> problems_;
  std::vector<std::size_t> places_;  // of each problem among the answers
  std::vector<Answer> answers_;
};

}  // namespace

std::unique_ptr<Work> solveWork(const Napi::Object& problem, ScenarioStore& store) {
  return std::make_unique<SolveWork>(problem, store);
}

std::unique_ptr<Work> frontierWork(const Napi::Object& problem, double points, ScenarioStore& store) {
  return std::make_unique<FrontierWork>(problem, points, store);
}

std::unique_ptr<Work> manyWork(const Napi::Array& problems, ScenarioStore& store) {
  return std::make_unique<ManyWork>(problems, store);
}

}  // namespace ballast
