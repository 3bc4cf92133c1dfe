// The threads of a block as fibers: each runs until it must wait for others.
#include <ucontext.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

#include "emulated/runtime.h"

// What runs across a switch of stacks is not instrumented: it is entered on one and left on another.
#define EMULATED_SWITCHES __attribute__((no_sanitize_thread))

namespace emulated {

dim3 threadIndex, blockIndex, blockSize, gridSize;

namespace {

constexpr std::size_t kStack = 64 * 1024;
constexpr unsigned kLanes = 32;

enum class State { Ready, AtBarrier, AtShuffle, Ended };

#if defined(__x86_64__)
// Saves what a call preserves on the own stack and goes on with another one. ucontext asks the kernel each time.
extern "C" void emulated_switch(void** save, void* restore);
asm(R"(
.text
.local emulated_switch
.type emulated_switch,@function
emulated_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size emulated_switch,.-emulated_switch
)");

struct Context {
  void* at = nullptr;
  void begin(unsigned char* stack, void (*entry)()) {
    auto* top = reinterpret_cast<std::uintptr_t*>((reinterpret_cast<std::uintptr_t>(stack) + kStack) & ~std::uintptr_t{15});
    *--top = 0;  // where entry() would return to, and it keeps the stack aligned as after a call
    *--top = reinterpret_cast<std::uintptr_t>(entry);
    for (int k = 0; k < 6; ++k) *--top = 0;
    at = top;
  }
  EMULATED_SWITCHES static void change(Context& from, Context& to) { emulated_switch(&from.at, to.at); }
};
#else
struct Context {
  ucontext_t at;
  void begin(unsigned char* stack, void (*entry)()) {
    getcontext(&at);
    at.uc_stack.ss_sp = stack;
    at.uc_stack.ss_size = kStack;
    makecontext(&at, entry, 0);
  }
  EMULATED_SWITCHES static void change(Context& from, Context& to) { swapcontext(&from.at, &to.at); }
};
#endif

/// What the thread sanitizer keeps for a fiber, which it takes for a thread of its own; nothing without it.
class Watched {
 public:
#if defined(__SANITIZE_THREAD__)
  void create() { if (fiber_ == nullptr) fiber_ = __tsan_create_fiber(0); }
  void isCurrent() { fiber_ = __tsan_get_current_fiber(); }
  EMULATED_SWITCHES void enter() { __tsan_switch_to_fiber(fiber_, 0); }

 private:
  void* fiber_ = nullptr;
#else
  void create() {}
  void isCurrent() {}
  void enter() {}
#endif
};

struct Fiber {
  Context context;
  Watched watched;
  std::unique_ptr<unsigned char[]> stack = std::make_unique<unsigned char[]>(kStack);
  State state = State::Ready;
  double slots[2] = {};  // what it offers to its warp, in turns
  unsigned turn = 0;
};

struct Shared {
  int id;
  std::unique_ptr<unsigned char[]> memory;
};

std::vector<Fiber> fibers;  // kept from launch to launch: the runtime lets one run at a time
std::vector<Shared> arrays;
Context scheduler;
Watched schedulerWatched;
unsigned current = 0;
const std::function<void()>* running = nullptr;

EMULATED_SWITCHES void wait(State state) {
  Fiber& own = fibers[current];
  own.state = state;
  schedulerWatched.enter();
  Context::change(own.context, scheduler);
}

EMULATED_SWITCHES void fiberBody() {
  (*running)();
  wait(State::Ended);
}

/// Lets go those whose whole group waits at the same place. False when none could be let go.
bool release(State state, unsigned group) {
  bool any = false;
  for (unsigned from = 0; from < blockSize.x; from += group) {
    const unsigned to = std::min(from + group, blockSize.x);
    bool all = true, some = false;
    for (unsigned k = from; k < to; ++k) {
      some = some || fibers[k].state == state;
      all = all && (fibers[k].state == state || fibers[k].state == State::Ended);
    }
    if (!all || !some) continue;
    for (unsigned k = from; k < to; ++k) {
      if (fibers[k].state == state) fibers[k].state = State::Ready;
    }
    any = true;
  }
  return any;
}

void runBlock(bool backwards) {
  arrays.clear();
  for (unsigned k = 0; k < blockSize.x; ++k) {
    fibers[k].state = State::Ready;
    fibers[k].turn = 0;
    fibers[k].context.begin(fibers[k].stack.get(), fiberBody);
    fibers[k].watched.create();
  }
  for (;;) {
    bool alive = false;
    for (unsigned step = 0; step < blockSize.x; ++step) {
      current = backwards ? blockSize.x - 1 - step : step;
      if (fibers[current].state != State::Ready) continue;
      threadIndex = dim3(current);
      fibers[current].watched.enter();
      Context::change(scheduler, fibers[current].context);
    }
    for (unsigned k = 0; k < blockSize.x; ++k) alive = alive || fibers[k].state != State::Ended;
    if (!alive) return;
    const bool shuffled = release(State::AtShuffle, kLanes), met = release(State::AtBarrier, blockSize.x);
    if (shuffled || met) continue;
    std::fprintf(stderr, "emulated device: the threads of a block wait for each other at different places\n");
    std::abort();
  }
}

}  // namespace

void runBlocks(dim3 grid, dim3 block, const std::function<void()>& kernel);

void runBlocks(dim3 grid, dim3 block, const std::function<void()>& kernel) {
  if (fibers.size() < block.x) fibers = std::vector<Fiber>(block.x);
  schedulerWatched.isCurrent();
  blockSize = block;
  gridSize = grid;
  running = &kernel;
  // Blocks come in no order either: every other launch takes them from behind.
  static bool last = false;
  const unsigned blocks = grid.x * grid.y;
  for (unsigned k = 0; k < blocks; ++k) {
    const unsigned at = last ? blocks - 1 - k : k;
    blockIndex = dim3(at % grid.x, at / grid.x);
    runBlock(k % 2 == 1);
  }
  last = !last;
  arrays.clear();
}

void syncThreads() { wait(State::AtBarrier); }

/// One wait a shuffle is enough: nobody offers to this slot again before all have been through the next shuffle.
double shuffleDown(double value, unsigned apart) {
  Fiber& own = fibers[current];
  const unsigned turn = own.turn++ % 2, self = current;
  own.slots[turn] = value;
  wait(State::AtShuffle);
  const unsigned lane = self % kLanes, from = lane + apart < kLanes ? self + apart : self;
  return from < blockSize.x ? fibers[from].slots[turn] : value;
}

void* shared(int id, std::size_t bytes) {
  for (const Shared& array : arrays) {
    if (array.id == id) return array.memory.get();
  }
  arrays.push_back({id, std::make_unique<unsigned char[]>(bytes)});
  std::memset(arrays.back().memory.get(), 0xFF, bytes);
  return arrays.back().memory.get();
}

}  // namespace emulated
