#pragma once

#include <cstddef>
#include <cstdint>

/// What the solver asks of libballast_cuda.so: a table of C functions, so that the two can be built by different compilers
/// and the library can be absent. Any change here takes a new version; a library of another version is not used.
namespace ballast::cuda {

inline constexpr std::uint32_t kTableVersion = 1;
inline constexpr const char* kTableName = "ballast_cuda_table";

enum class Code : std::int32_t { Done, NoDevice, OutOfMemory, Lost, Failed };

/// Why a call failed; Done when it did not.
struct Fault {
  Code code;
  char text[252];  // of a failure: one phrase, ends in 0
};

struct Device {
  char name[128];
  std::int32_t major, minor;      // compute capability
  std::int32_t driver, runtime;   // CUDA versions, 1000 * major + 10 * minor
  std::int64_t memory;            // bytes
  double leastMatrix;             // elements from which `auto` chooses this device
  double leastPanel;              // multiply-adds of a Gram matrix, J n^2, from which a master is solved on it
};

struct Set;    // a scenario matrix in device memory
struct Run;    // a stream and working memory over a set; one thread at a time
struct Cut;    // the panel of one master, made by a run and used by its thread

/// Rows of a set as `float64 / returnScale`, at `columns` (all when null), followed by `means` that the host made.
struct PanelShape {
  const std::int64_t* rows;
  std::int64_t rowCount;
  const std::int64_t* columns;
  std::int64_t columnCount;
  const double* means;  // [meanCount x columnCount]
  std::int64_t meanCount;
};

struct Table {
  std::uint32_t version;
  void (*describe)(Device* device, Fault* fault);
  /// Bytes a second that a copy of `bytes` within the device's memory reads and writes: what its memory can do.
  double (*copyRate)(std::int64_t bytes, Fault* fault);

  Set* (*makeSet)(std::int64_t rows, std::int64_t columns, bool single, Fault* fault);
  void (*fillSet)(Set* set, std::int64_t at, const void* from, std::int64_t bytes, Fault* fault);
  void (*dropSet)(Set* set);

  /// A run over every stride-th row, `rows` of them.
  Run* (*openRun)(const Set* set, std::int64_t stride, std::int64_t rows, double returnScale, Fault* fault);
  void (*closeRun)(Run* run);
  /// y = R w / returnScale.
  void (*dots)(Run* run, const double* w, double* y, Fault* fault);
  /// g = sum_k share_k r_(rows_k) / returnScale; rows null: k itself.
  void (*sums)(Run* run, const std::int64_t* rows, const double* share, std::int64_t count, double* g, Fault* fault);

  Cut* (*makePanel)(Run* run, const PanelShape* shape, Fault* fault);
  void (*dropPanel)(Cut* cut);
  void (*panelDots)(Cut* cut, const double* w, double* y, Fault* fault);
  void (*panelSums)(Cut* cut, const double* q, double* g, Fault* fault);
  /// See ballast::Panel::factor.
  bool (*factor)(Cut* cut, const double* weight, const double* phi, Fault* fault);
  void (*forward)(Cut* cut, double* b, std::int64_t count, Fault* fault);
  void (*backward)(Cut* cut, double* b, Fault* fault);
};

using GetTable = const Table* (*)();

}  // namespace ballast::cuda
