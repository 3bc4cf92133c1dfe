#pragma once

// Every call of the runtime goes through must(); memory, streams and graphs have owners.
#include <cstdio>
#include <exception>
#include <utility>

#include "cuda/platform.h"
#include "cuda/table.h"

namespace ballast::cuda {

/// Thrown inside the library; becomes a Fault at the table.
struct Failure {
  Code code;
  cudaError_t error;
  const char* doing;
};

inline Code codeOf(cudaError_t error) {
  switch (error) {
    case cudaErrorMemoryAllocation: return Code::OutOfMemory;
    case cudaErrorNoDevice:
    case cudaErrorInsufficientDriver:
    case cudaErrorInitializationError:
    case cudaErrorNoKernelImageForDevice: return Code::NoDevice;
    case cudaErrorIllegalAddress:
    case cudaErrorLaunchFailure:
    case cudaErrorLaunchTimeout:
    case cudaErrorHardwareStackError:
    case cudaErrorECCUncorrectable:
    case cudaErrorDeviceUninitialized:
    case cudaErrorDevicesUnavailable: return Code::Lost;
    default: return Code::Failed;
  }
}

inline void must(cudaError_t error, const char* doing) {
  if (error == cudaSuccess) return;
  static_cast<void>(cudaGetLastError());  // one that can be forgotten is not met again by the next call
  throw Failure{codeOf(error), error, doing};
}

/// Launches and looks whether the launch was accepted.
#define BALLAST_RUN(stream, grid, block, kernel, ...)             \
  do {                                                            \
    BALLAST_LAUNCH(stream, grid, block, kernel, __VA_ARGS__);     \
    must(cudaGetLastError(), "starting a kernel");                \
  } while (false)

/// Device memory that only grows.
template <class T>
class DeviceArray {
 public:
  DeviceArray() = default;
  explicit DeviceArray(Index count) { atLeast(count); }
  ~DeviceArray() { release(); }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;

  /// Room for `count`; what was in it is lost when it grows. The device must not be using it.
  T* atLeast(Index count) {
    if (count <= count_) return data_;
    release();
    void* memory = nullptr;
    must(cudaMalloc(&memory, static_cast<std::size_t>(count) * sizeof(T)), "taking device memory");
    data_ = static_cast<T*>(memory);
    count_ = count;
    return data_;
  }
  [[nodiscard]] T* data() const { return data_; }

 private:
  void release() {
    if (data_ != nullptr) static_cast<void>(cudaFree(data_));  // of a lost device: nothing left to free
    data_ = nullptr;
    count_ = 0;
  }

  T* data_ = nullptr;
  Index count_ = 0;
};

/// Pinned host memory that only grows: copies from and to it run at the speed of the bus.
class Staging {
 public:
  Staging() = default;
  ~Staging() {
    if (data_ != nullptr) static_cast<void>(cudaFreeHost(data_));
  }
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  double* atLeast(Index count) {
    if (count <= count_) return data_;
    if (data_ != nullptr) static_cast<void>(cudaFreeHost(data_));
    data_ = nullptr;
    count_ = 0;
    void* memory = nullptr;
    must(cudaMallocHost(&memory, static_cast<std::size_t>(count) * sizeof(double)), "taking pinned memory");
    data_ = static_cast<double*>(memory);
    count_ = count;
    return data_;
  }

 private:
  double* data_ = nullptr;
  Index count_ = 0;
};

class Stream {
 public:
  Stream() { must(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "making a stream"); }
  ~Stream() { static_cast<void>(cudaStreamDestroy(stream_)); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  [[nodiscard]] cudaStream_t get() const { return stream_; }
  void wait() const { must(cudaStreamSynchronize(stream_), "waiting for the device"); }
  void copyIn(void* to, const void* from, std::size_t bytes) const {
    must(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, stream_), "copying to the device");
  }
  void copyOut(void* to, const void* from, std::size_t bytes) const {
    must(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, stream_), "copying from the device");
  }
  void copyWithin(void* to, const void* from, std::size_t bytes) const {
    must(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream_), "copying within the device");
  }

 private:
  cudaStream_t stream_ = nullptr;
};

/// Launches that are always the same, recorded and then started as one. The first time they are only launched: a kernel that
/// is not loaded yet cannot be recorded.
class Graph {
 public:
  Graph() = default;
  ~Graph() {
    if (ready_ != nullptr) static_cast<void>(cudaGraphExecDestroy(ready_));
  }
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  /// Starts what `launches` launches on the stream.
  template <class Launches>
  void run(const Stream& stream, Launches&& launches) {
    if (!launched_) {
      launches();
      launched_ = true;
      return;
    }
    if (ready_ == nullptr) record(stream, std::forward<Launches>(launches));
    must(cudaGraphLaunch(ready_, stream.get()), "starting a graph");
  }

 private:
  template <class Launches>
  void record(const Stream& stream, Launches&& launches) {
    cudaGraph_t graph = nullptr;
    must(cudaStreamBeginCapture(stream.get(), cudaStreamCaptureModeThreadLocal), "recording a graph");
    try {
      launches();
    } catch (...) {
      static_cast<void>(cudaStreamEndCapture(stream.get(), &graph));
      if (graph != nullptr) static_cast<void>(cudaGraphDestroy(graph));
      throw;
    }
    must(cudaStreamEndCapture(stream.get(), &graph), "recording a graph");
    const cudaError_t error = cudaGraphInstantiateWithFlags(&ready_, graph, 0);
    static_cast<void>(cudaGraphDestroy(graph));
    must(error, "preparing a graph");
  }

  bool launched_ = false;
  cudaGraphExec_t ready_ = nullptr;
};

}  // namespace ballast::cuda
