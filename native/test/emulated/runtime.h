#pragma once

// A device for machines without one. It stands in for as much of the CUDA runtime as native/src/cuda uses, and runs the
// same kernels on the processor, so that a fault in them shows:
// - each thread of a block is a fiber that runs until it must wait, in an order that changes from block to block: a
//   missing __syncthreads() gives wrong sums;
// - shared and device memory start as NaN, and device memory has guards on both sides that are looked at;
// - copies and launches wait in their stream until somebody waits for it: a missing wait reads old memory.
#include <cmath>
#include <cstddef>
#include <functional>

#define __global__ static
#define __device__
#define __host__

struct dim3 {
  unsigned x, y, z;
  dim3(unsigned a = 1, unsigned b = 1, unsigned c = 1) : x(a), y(b), z(c) {}
};

enum cudaError_t {
  cudaSuccess = 0,
  cudaErrorInvalidValue = 1,
  cudaErrorMemoryAllocation = 2,
  cudaErrorInitializationError = 3,
  cudaErrorInsufficientDriver = 35,
  cudaErrorDevicesUnavailable = 46,
  cudaErrorNoDevice = 100,
  cudaErrorDeviceUninitialized = 201,
  cudaErrorNoKernelImageForDevice = 209,
  cudaErrorECCUncorrectable = 214,
  cudaErrorIllegalAddress = 700,
  cudaErrorLaunchTimeout = 702,
  cudaErrorHardwareStackError = 714,
  cudaErrorLaunchFailure = 719,
};
enum cudaMemcpyKind { cudaMemcpyHostToDevice, cudaMemcpyDeviceToHost, cudaMemcpyDeviceToDevice };
enum cudaStreamCaptureMode { cudaStreamCaptureModeThreadLocal };
inline constexpr unsigned cudaStreamNonBlocking = 1;

struct cudaDeviceProp {
  char name[256];
  int major, minor;
  std::size_t totalGlobalMem;
};

using cudaStream_t = struct EmulatedStream*;
using cudaGraph_t = struct EmulatedGraph*;
using cudaGraphExec_t = struct EmulatedGraph*;

const char* cudaGetErrorString(cudaError_t error);
cudaError_t cudaGetLastError();
cudaError_t cudaGetDeviceCount(int* count);
cudaError_t cudaGetDevice(int* device);
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device);
cudaError_t cudaDriverGetVersion(int* version);
cudaError_t cudaRuntimeGetVersion(int* version);
cudaError_t cudaMalloc(void** memory, std::size_t bytes);
cudaError_t cudaFree(void* memory);
cudaError_t cudaMallocHost(void** memory, std::size_t bytes);
cudaError_t cudaFreeHost(void* memory);
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags);
cudaError_t cudaStreamDestroy(cudaStream_t stream);
cudaError_t cudaStreamSynchronize(cudaStream_t stream);
cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind, cudaStream_t stream);
cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode);
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph);
cudaError_t cudaGraphInstantiateWithFlags(cudaGraphExec_t* ready, cudaGraph_t graph, unsigned long long flags);
cudaError_t cudaGraphLaunch(cudaGraphExec_t ready, cudaStream_t stream);
cudaError_t cudaGraphDestroy(cudaGraph_t graph);
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t ready);

namespace emulated {

extern dim3 threadIndex, blockIndex, blockSize, gridSize;

void launch(cudaStream_t stream, dim3 grid, dim3 block, std::function<void()> kernel);
void syncThreads();
double shuffleDown(double value, unsigned apart);
/// The block's shared array number `id`, all NaN at its start.
void* shared(int id, std::size_t bytes);

}  // namespace emulated

#define threadIdx ::emulated::threadIndex
#define blockIdx ::emulated::blockIndex
#define blockDim ::emulated::blockSize
#define gridDim ::emulated::gridSize
#define __syncthreads() ::emulated::syncThreads()
#define __shfl_down_sync(mask, value, apart) ::emulated::shuffleDown(value, apart)
// Arguments are taken by value at the launch, as a real one does.
#define BALLAST_LAUNCH(stream, grid, block, kernel, ...) \
  ::emulated::launch(stream, grid, block, ::emulated::bound(kernel, __VA_ARGS__))
#define BALLAST_SHARED(type, name, count) type* const name = static_cast<type*>(::emulated::shared(__LINE__, (count) * sizeof(type)))

namespace emulated {

template <class... Parameters, class... Arguments>
std::function<void()> bound(void (*kernel)(Parameters...), Arguments... arguments) {
  return [=] { kernel(arguments...); };
}

}  // namespace emulated
