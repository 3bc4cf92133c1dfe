// gpu_bench NxT [out.f32]: one size on the device, beside the processors and a plain copy; one line of JSON. With a file name the
// scenarios are left there for another solver.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "ballast/frontier.h"
#include "ballast/scenario_store.h"
#include "cuda/residence.h"
#include "parallel/pool.h"

using namespace ballast;

namespace {

constexpr double kCpuElements = 1e8;  // beyond this the processors are not asked as well

double since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Seconds of the middle of `repeats` runs.
template <class Work>
double median(int repeats, Work&& work) {
  std::vector<double> took;
  for (int k = 0; k < repeats; ++k) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    took.push_back(since(begin));
  }
  std::sort(took.begin(), took.end());
  return took[took.size() / 2];
}

/// splitmix64 as numbers in -1 .. 1; every row has a stream of its own, so that threads can share the work.
struct Stream {
  std::uint64_t state;
  double next() {
    std::uint64_t z = state += 0x9E3779B97F4A7C15ull;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1.0p-52 - 1.0;
  }
};

/// Two common shocks, own noise, and in some scenarios a fall of everything.
std::vector<float> returnsOf(Index n, Index t, Pool& pool) {
  std::vector<float> returns(static_cast<std::size_t>(n * t));
  std::vector<double> share(2 * n), drift(n);
  Stream fixed{7};
  for (double& value : share) value = 0.85 + 0.65 * fixed.next();
  for (double& value : drift) value = 0.0005 + 0.001 * fixed.next();
  pool.each(256, [&](Index piece) {
    for (Index row = t * piece / 256; row < t * (piece + 1) / 256; ++row) {
      Stream stream{static_cast<std::uint64_t>(row + 1) * 0xD1342543DE82EF95ull};
      const double crash = stream.next() > 0.94 ? 0.02 * (stream.next() - 1.0) : 0.0;
      const double first = 0.02 * stream.next() + crash, second = 0.01 * stream.next();
      for (Index i = 0; i < n; ++i) {
        const double own = 0.01 * stream.next() * (2.0 + stream.next());
        returns[row * n + i] = static_cast<float>(drift[i] + share[2 * i] * first + share[2 * i + 1] * second + own);
      }
    }
  });
  return returns;
}

void printAnswer(const char* name, const Answer& answer, double seconds) {
  std::printf("\"%s\":{\"status\":\"%s\",\"backend\":\"%s\",\"fallback\":\"%s\",\"seconds\":%.6g,\"gap\":%.3g,\"objective\":%.17g,"
              "\"iterations\":%lld,\"passes\":%lld},",
              name, statusName(answer.status), answer.backend.c_str(), answer.fallback.c_str(), seconds, answer.figures.gap,
              answer.figures.objective, static_cast<long long>(answer.iterations), static_cast<long long>(answer.passes));
}

}  // namespace

int main(int count, char** arguments) {
  long long n = 0, t = 0;
  if (count < 2 || std::sscanf(arguments[1], "%lldx%lld", &n, &t) != 2 || n < 2 || t < 2) {
    std::fprintf(stderr, "usage: gpu_bench NxT [file]\n");
    return 64;
  }
  const CudaState state = cudaState();
  if (!state.available) {
    std::fprintf(stderr, "gpu_bench: no GPU: %s\n", state.text.c_str());
    return 69;
  }
  Options options;
  options.backend = Backend::Cuda;
  options.threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  options.timeLimitMs = 240'000.0;
  Pool pool(options.threads);
  const std::vector<float> returns = returnsOf(n, t, pool);
  if (count > 2) {
    std::FILE* file = std::fopen(arguments[2], "wb");
    if (file == nullptr || std::fwrite(returns.data(), sizeof(float), returns.size(), file) != returns.size()) return 74;
    std::fclose(file);
  }
  const std::vector<double> lower(n, 0.0), upper(n, std::min(1.0, 10.0 / static_cast<double>(n)));
  std::vector<double> mean(n);
  for (long long i = 0; i < n; ++i) mean[i] = 0.0005 + 0.0005 * static_cast<double>(i % 7) / 7.0;
  Problem problem;
  problem.scenarios.rows = t;
  problem.scenarios.columns = n;
  problem.scenarios.single = returns;
  problem.mean = mean;
  problem.lower = lower;
  problem.upper = upper;
  const CancelToken never;
  ScenarioStore store;
  const auto begin = std::chrono::steady_clock::now();
  const Held held = store.hold(problem.scenarios, options, never);
  const double holding = since(begin);
  if (held.backend != "cuda") {
    std::fprintf(stderr, "gpu_bench: the device did not take the scenarios: %s %s\n", held.message.c_str(), held.fallback.c_str());
    return 70;
  }
  const double bytes = 4.0 * static_cast<double>(n) * static_cast<double>(t);
  const auto library = cuda::Library::load();
  const double copy = library->call(&cuda::Table::copyRate, static_cast<std::int64_t>(std::min(bytes, 2e9)));
  Problem resident = problem;
  resident.scenarios = held.scenarios;
  Answer answer;
  const double warm = median(5, [&] { answer = solve(resident, options, never); });
  std::printf("{\"size\":\"%lldx%lld\",\"device\":\"%s\",\"matrixBytes\":%.0f,\"holdSeconds\":%.4g,\"copyBytesPerSecond\":%.4g,", n, t,
              state.text.c_str(), bytes, holding, copy);
  printAnswer("resident", answer, warm);
  const bool agreed = answer.status == Status::Optimal && answer.backend == "cuda";
  const Stop stop(never, 1e9);
  const auto matrix = held.scenarios.residence->open(1.0, stop);
  std::vector<double> loss;
  const double pass = median(11, [&] { matrix->losses(lower, loss); });
  std::printf("\"passSeconds\":%.4g,\"passBytesPerSecond\":%.4g,\"passShareOfCopy\":%.3f,\"bytesMoved\":%.4g,", pass, bytes / pass,
              bytes / pass / copy, bytes * static_cast<double>(answer.passes));
  Frontier points;
  const double frontierTook = median(1, [&] { points = frontier(resident, 20, options, never); });
  std::printf("\"frontier\":{\"status\":\"%s\",\"points\":%zu,\"secondsPerPoint\":%.4g},", statusName(points.status), points.points.size(),
              frontierTook / 20.0);
  if (bytes / 4.0 <= kCpuElements) {
    options.backend = Backend::Cpu;
    const double host = median(3, [&] { answer = solve(problem, options, never); });
    printAnswer("cpu", answer, host);
  }
  std::printf("\"threads\":%d}\n", options.threads);
  return agreed ? 0 : 1;
}
