// libballast_cuda.so: everything is in the headers, which tests compile for a device of their own.
#include "cuda/library.cuh"
