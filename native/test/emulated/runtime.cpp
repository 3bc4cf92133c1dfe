// Memory, streams, graphs and failures of the emulated device.
#include "emulated/runtime.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <vector>

#include "emulated/controls.h"

using Work = std::vector<std::function<void()>>;
struct EmulatedGraph {
  Work work;
};
struct EmulatedStream {
  Work waiting;
  EmulatedGraph* recording = nullptr;
};

namespace {

constexpr std::size_t kGuard = 256;
constexpr int kKinds = 4;
std::mutex mutex;  // one user of the device at a time
EmulatedCounts counts{};
std::map<void*, std::size_t> sizes;
long failAfter[kKinds] = {-1, -1, -1, -1};
cudaError_t failWith[kKinds] = {};
cudaError_t lost = cudaSuccess, last = cudaSuccess;

cudaError_t answer(cudaError_t error) {
  if (error != cudaSuccess) last = error;
  if (error >= cudaErrorIllegalAddress) lost = error;
  return error;
}

/// What a call of this kind is to answer before it does anything.
cudaError_t asked(int kind) {
  if (lost != cudaSuccess) return answer(lost);
  if (failAfter[kind] < 0 || failAfter[kind]-- > 0) return cudaSuccess;
  return answer(failWith[kind]);
}

void look(const std::pair<void* const, std::size_t>& piece) {
  const auto* begin = static_cast<const unsigned char*>(piece.first);
  for (std::size_t k = 0; k < kGuard; ++k) {
    if (*(begin - 1 - k) != 0xFF || begin[piece.second + k] != 0xFF) {
      ++counts.broken;
      std::fprintf(stderr, "emulated device: memory of %zu bytes was written outside its bounds\n", piece.second);
      return;
    }
  }
}

void put(cudaStream_t stream, std::function<void()> work) {
  (stream->recording != nullptr ? stream->recording->work : stream->waiting).push_back(std::move(work));
}

void runAll(cudaStream_t stream) {
  for (const auto& one : stream->waiting) one();
  stream->waiting.clear();
  for (const auto& piece : sizes) look(piece);
}

}  // namespace

namespace emulated {
void runBlocks(dim3 grid, dim3 block, const std::function<void()>& kernel);

void launch(cudaStream_t stream, dim3 grid, dim3 block, std::function<void()> kernel) {
  const std::lock_guard lock(mutex);
  if (grid.x == 0 || grid.y == 0 || block.x == 0 || block.x > 1024 || grid.y > 65535) {
    answer(cudaErrorInvalidValue);
    return;
  }
  put(stream, [=] {
    ++counts.launches;
    runBlocks(grid, block, kernel);
  });
}
}  // namespace emulated

const char* cudaGetErrorString(cudaError_t error) {
  switch (error) {
    case cudaErrorMemoryAllocation: return "out of memory";
    case cudaErrorNoDevice: return "no CUDA-capable device is detected";
    case cudaErrorIllegalAddress: return "an illegal memory access was encountered";
    default: return "emulated error";
  }
}
cudaError_t cudaGetLastError() {
  const std::lock_guard lock(mutex);
  const cudaError_t error = lost != cudaSuccess ? lost : last;
  last = cudaSuccess;
  return error;
}
cudaError_t cudaGetDeviceCount(int* count) {
  const std::lock_guard lock(mutex);
  *count = 1;
  return asked(2);
}
cudaError_t cudaGetDevice(int* device) {
  *device = 0;
  return cudaSuccess;
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int) {
  *properties = {"emulated device", 9, 0, std::size_t{1} << 30};
  return cudaSuccess;
}
cudaError_t cudaDriverGetVersion(int* version) {
  *version = 13000;
  return cudaSuccess;
}
cudaError_t cudaRuntimeGetVersion(int* version) {
  *version = 13000;
  return cudaSuccess;
}
cudaError_t cudaMalloc(void** memory, std::size_t bytes) {
  const std::lock_guard lock(mutex);
  if (const cudaError_t error = asked(0); error != cudaSuccess) return error;
  auto* whole = static_cast<unsigned char*>(std::malloc(bytes + 2 * kGuard));
  std::memset(whole, 0xFF, bytes + 2 * kGuard);
  *memory = whole + kGuard;
  sizes[*memory] = bytes;
  ++counts.blocks;
  return cudaSuccess;
}
cudaError_t cudaFree(void* memory) {
  const std::lock_guard lock(mutex);
  const auto piece = sizes.find(memory);
  if (piece == sizes.end()) return answer(cudaErrorInvalidValue);
  look(*piece);
  sizes.erase(piece);
  std::free(static_cast<unsigned char*>(memory) - kGuard);
  --counts.blocks;
  return lost;
}
cudaError_t cudaMallocHost(void** memory, std::size_t bytes) {
  const std::lock_guard lock(mutex);
  if (const cudaError_t error = asked(3); error != cudaSuccess) return error;
  *memory = std::malloc(bytes);
  std::memset(*memory, 0xFF, bytes);
  ++counts.pinned;
  return cudaSuccess;
}
cudaError_t cudaFreeHost(void* memory) {
  const std::lock_guard lock(mutex);
  std::free(memory);
  --counts.pinned;
  return lost;
}
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  const std::lock_guard lock(mutex);
  if (lost != cudaSuccess) return answer(lost);
  *stream = new EmulatedStream;
  ++counts.streams;
  return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  const std::lock_guard lock(mutex);
  delete stream;
  --counts.streams;
  return lost;
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  const std::lock_guard lock(mutex);
  ++counts.waits;
  if (const cudaError_t error = asked(1); error != cudaSuccess) {
    stream->waiting.clear();
    return error;
  }
  runAll(stream);
  return cudaSuccess;
}
cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind, cudaStream_t stream) {
  const std::lock_guard lock(mutex);
  put(stream, [=] {
    std::memcpy(to, from, bytes);
    if (kind == cudaMemcpyHostToDevice) counts.bytesIn += static_cast<long>(bytes);
  });
  return cudaSuccess;
}
cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode) {
  const std::lock_guard lock(mutex);
  stream->recording = new EmulatedGraph;
  ++counts.streams;
  return cudaSuccess;
}
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  const std::lock_guard lock(mutex);
  *graph = stream->recording;
  stream->recording = nullptr;
  return cudaSuccess;
}
cudaError_t cudaGraphInstantiateWithFlags(cudaGraphExec_t* ready, cudaGraph_t graph, unsigned long long) {
  const std::lock_guard lock(mutex);
  *ready = new EmulatedGraph(*graph);
  ++counts.streams;
  return cudaSuccess;
}
cudaError_t cudaGraphLaunch(cudaGraphExec_t ready, cudaStream_t stream) {
  const std::lock_guard lock(mutex);
  for (const auto& one : ready->work) put(stream, one);
  return cudaSuccess;
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  const std::lock_guard lock(mutex);
  delete graph;
  --counts.streams;
  return cudaSuccess;
}
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t ready) { return cudaGraphDestroy(ready); }

extern "C" {
__attribute__((visibility("default"))) void emulated_fail(int kind, long after, int error) {
  const std::lock_guard lock(mutex);
  failAfter[kind] = after;
  failWith[kind] = static_cast<cudaError_t>(error);
  lost = last = cudaSuccess;
}
__attribute__((visibility("default"))) EmulatedCounts emulated_look() {
  const std::lock_guard lock(mutex);
  return counts;
}
}
