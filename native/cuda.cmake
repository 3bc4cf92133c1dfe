# libballast_cuda.so, loaded by the solver when it is asked for a device: never linked, so its absence is no failure.
set(BALLAST_CUDA_ARCHITECTURES "80-real;90-real;100-real;100-virtual" CACHE STRING "GPU architectures to compile for")

if(NOT BALLAST_CUDA STREQUAL "OFF")
  # A toolkit is often beside the path. The compiler itself is not preset: half a toolkit would break the configuration.
  find_program(BALLAST_NVCC nvcc PATHS ENV CUDA_PATH /usr/local/cuda PATH_SUFFIXES bin)
  if(BALLAST_NVCC AND NOT DEFINED ENV{CUDACXX})
    set(ENV{CUDACXX} "${BALLAST_NVCC}")
  endif()
  set(CMAKE_CUDA_ARCHITECTURES "${BALLAST_CUDA_ARCHITECTURES}")
  include(CheckLanguage)
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    enable_language(CUDA)
  elseif(BALLAST_CUDA STREQUAL "ON")
    message(FATAL_ERROR "BALLAST_CUDA=ON, and no CUDA compiler that works was found")
  endif()
endif()

if(CMAKE_CUDA_COMPILER AND NOT BALLAST_CUDA STREQUAL "OFF")
  message(STATUS "CUDA backend: ${CMAKE_CUDA_COMPILER} ${CMAKE_CUDA_COMPILER_VERSION} for ${CMAKE_CUDA_ARCHITECTURES}")
  add_library(ballast_cuda SHARED native/src/cuda/library.cu)
  target_include_directories(ballast_cuda PRIVATE native/src)
  target_compile_options(ballast_cuda PRIVATE -Werror=all-warnings "-Xcompiler=-Wall,-Wextra")
  set_target_properties(ballast_cuda PROPERTIES
    CUDA_STANDARD 17 CUDA_STANDARD_REQUIRED ON CUDA_RUNTIME_LIBRARY Static CUDA_VISIBILITY_PRESET hidden
    CUDA_SEPARABLE_COMPILATION OFF)
  # For scripts/gpu-check: takes on problems of every size, so that small ones test it.
  add_library(ballast_cuda_eager SHARED EXCLUDE_FROM_ALL native/src/cuda/library.cu)
  target_compile_definitions(ballast_cuda_eager PRIVATE BALLAST_LEAST_MATRIX=0.0 BALLAST_LEAST_PANEL=0.0)
  target_compile_options(ballast_cuda_eager PRIVATE -lineinfo)
  target_include_directories(ballast_cuda_eager PRIVATE native/src)
  set_target_properties(ballast_cuda_eager PROPERTIES
    CUDA_STANDARD 17 CUDA_STANDARD_REQUIRED ON CUDA_RUNTIME_LIBRARY Static CUDA_VISIBILITY_PRESET hidden)
else()
  message(STATUS "CUDA backend: not built (BALLAST_CUDA=${BALLAST_CUDA})")
endif()
