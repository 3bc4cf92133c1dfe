#pragma once

// The table: C functions in front of the classes. No exception crosses it.
#include <chrono>
#include <cstdio>
#include <cstring>
#include <new>
#include <type_traits>

#include "cuda/panel.cuh"

namespace ballast::cuda {

/// Runs `work`; what it throws becomes the fault, and the result is Result{}.
template <class Work>
auto guarded(Fault* fault, Work&& work) noexcept -> decltype(work()) {
  using Result = decltype(work());
  fault->code = Code::Done;
  fault->text[0] = 0;
  try {
    return work();
  } catch (const Failure& failure) {
    fault->code = failure.code;
    std::snprintf(fault->text, sizeof fault->text, "%s: %s", failure.doing, cudaGetErrorString(failure.error));
  } catch (const std::exception& error) {
    fault->code = Code::Failed;
    std::snprintf(fault->text, sizeof fault->text, "%s", error.what());
  }
  return Result();
}

#ifndef BALLAST_LEAST_MATRIX
#define BALLAST_LEAST_MATRIX 1e6
#endif
#ifndef BALLAST_LEAST_PANEL
#define BALLAST_LEAST_PANEL 3e7
#endif

inline void describe(Device* device, Fault* fault) {
  guarded(fault, [&] {
    int count = 0, current = 0;
    must(cudaGetDeviceCount(&count), "looking for a device");
    if (count < 1) throw Failure{Code::NoDevice, cudaErrorNoDevice, "looking for a device"};
    must(cudaGetDevice(&current), "choosing a device");
    cudaDeviceProp properties;
    must(cudaGetDeviceProperties(&properties, current), "asking the device");
    std::snprintf(device->name, sizeof device->name, "%.120s", properties.name);
    device->major = properties.major;
    device->minor = properties.minor;
    device->memory = static_cast<std::int64_t>(properties.totalGlobalMem);
    must(cudaDriverGetVersion(&device->driver), "asking the driver");
    must(cudaRuntimeGetVersion(&device->runtime), "asking the runtime");
    device->leastMatrix = BALLAST_LEAST_MATRIX;
    device->leastPanel = BALLAST_LEAST_PANEL;
  });
}

inline double copyRate(Index bytes) {
  constexpr int kRepeats = 20;
  const DeviceArray<unsigned char> from(bytes), to(bytes);
  const Stream stream;
  double best = 0.0;
  for (int round = 0; round < 3; ++round) {  // the first one also wakes the device
    const auto begin = std::chrono::steady_clock::now();
    for (int k = 0; k < kRepeats; ++k) stream.copyWithin(to.data(), from.data(), static_cast<std::size_t>(bytes));
    stream.wait();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    const double rate = 2.0 * kRepeats * static_cast<double>(bytes) / seconds;
    best = rate > best ? rate : best;
  }
  return best;
}

inline const Table* table() {
  static constexpr Table functions{
      kTableVersion,
      describe,
      [](Index bytes, Fault* fault) { return guarded(fault, [&] { return copyRate(bytes); }); },
      [](Index rows, Index columns, bool single, Fault* fault) {
        return guarded(fault, [&] { return new Set(rows, columns, single); });
      },
      [](Set* set, Index at, const void* from, Index bytes, Fault* fault) {
        guarded(fault, [&] { set->fill(at, from, bytes); });
      },
      [](Set* set) { delete set; },
      [](const Set* set, Index stride, Index rows, double scale, Fault* fault) {
        return guarded(fault, [&] { return new Run(*set, stride, rows, scale); });
      },
      [](Run* run) { delete run; },
      [](Run* run, const double* w, double* y, Fault* fault) { guarded(fault, [&] { run->dots(w, y); }); },
      [](Run* run, const Index* rows, const double* share, Index count, double* g, Fault* fault) {
        guarded(fault, [&] { run->sums(rows, share, count, g); });
      },
      [](Run* run, const PanelShape* shape, Fault* fault) { return guarded(fault, [&] { return new Cut(*run, *shape); }); },
      [](Cut* cut) { delete cut; },
      [](Cut* cut, const double* w, double* y, Fault* fault) { guarded(fault, [&] { cut->dots(w, y); }); },
      [](Cut* cut, const double* q, double* g, Fault* fault) { guarded(fault, [&] { cut->sums(q, g); }); },
      [](Cut* cut, const double* weight, const double* phi, Fault* fault) {
        return guarded(fault, [&] { return cut->factor(weight, phi); });
      },
      [](Cut* cut, double* b, Index count, Fault* fault) { guarded(fault, [&] { cut->forward(b, count); }); },
      [](Cut* cut, double* b, Fault* fault) { guarded(fault, [&] { cut->backward(b); }); },
  };
  return &functions;
}

}  // namespace ballast::cuda

extern "C" __attribute__((visibility("default"))) const ballast::cuda::Table* ballast_cuda_table() {
  return ballast::cuda::table();
}
