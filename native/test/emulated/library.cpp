// libballast_cuda.so for the emulated device: the same kernels and the same table. It takes on everything, however small.
#define BALLAST_LEAST_MATRIX 0.0
#define BALLAST_LEAST_PANEL 0.0
#include "cuda/library.cuh"
