#include "cuda/loader.h"

#include <dlfcn.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>

#include "ballast/backend.h"

namespace ballast {
namespace cuda {
namespace {

constexpr const char* kFile = "libballast_cuda.so";

/// Beside the file this code was loaded from, or where the environment says.
std::string pathOfLibrary() {
  if (const char* given = std::getenv("BALLAST_CUDA_LIBRARY"); given != nullptr && *given != 0) return given;
  Dl_info own{};
  if (::dladdr(reinterpret_cast<const void*>(&cudaState), &own) == 0 || own.dli_fname == nullptr) return kFile;
  const std::string file = own.dli_fname;
  const std::size_t slash = file.rfind('/');
  return slash == std::string::npos ? std::string("./") + kFile : file.substr(0, slash + 1) + kFile;
}

[[noreturn]] void unavailable(const std::string& why) { throw DeviceError(Code::NoDevice, why); }

/// The table of the library at `path`. It is never unloaded: a CUDA context may live in it.
const Table& tableOf(const std::string& path) {
  struct stat file{};
  if (::stat(path.c_str(), &file) != 0) unavailable(std::string("this build has no ") + kFile);
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) unavailable(std::string(kFile) + " cannot be loaded: " + ::dlerror());
  const auto get = reinterpret_cast<GetTable>(::dlsym(library, kTableName));
  if (get == nullptr) unavailable(std::string(kFile) + " has no " + kTableName);
  const Table& table = *get();
  if (table.version != kTableVersion) {
    unavailable(std::string(kFile) + " is of version " + std::to_string(table.version) + ", not " + std::to_string(kTableVersion));
  }
  return table;
}

}  // namespace

void Library::check(const Fault& fault) {
  if (fault.code != Code::Done) throw DeviceError(fault.code, fault.text);
}

std::shared_ptr<const Library> Library::load() {
  const auto library = std::make_shared<Library>();
  library->table_ = &tableOf(pathOfLibrary());
  library->call(&Table::describe, &library->device_);
  return library;
}

}  // namespace cuda

CudaState cudaState() {
  try {
    const auto library = cuda::Library::load();
    const cuda::Device& device = library->device();
    char text[256];
    std::snprintf(text, sizeof text, "%s, compute capability %d.%d, %.1f GB, driver for CUDA %d.%d", device.name, device.major,
                  device.minor, static_cast<double>(device.memory) / 1e9, device.driver / 1000, device.driver % 1000 / 10);
    return {true, text};
  } catch (const std::exception& error) {
    return {false, error.what()};
  }
}

}  // namespace ballast
