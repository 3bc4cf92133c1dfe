#pragma once

// What tests tell the emulated device and ask of it; found in the loaded library by name.
extern "C" {

/// The call numbered `after` (0 is the next) of a kind fails with this error code, and once lost, all later ones:
/// kind 0: taking device memory, 1: waiting for a stream, 2: looking for a device, 3: taking pinned memory.
/// after < 0: none. A device that was lost is well again.
using EmulatedFail = void (*)(int kind, long after, int error);

struct EmulatedCounts {
  long blocks;     // device memory now taken, pieces
  long pinned;     // pinned memory now taken, pieces
  long streams;    // streams and graphs now open
  long waits;      // for a stream, since the start
  long bytesIn;    // copied to the device since the start
  long launches;   // kernels since the start
  long broken;     // guards of device memory found overwritten
};
using EmulatedLook = EmulatedCounts (*)();
}
