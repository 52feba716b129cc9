// Tells ThreadSanitizer about Swift's Mutex. To be preloaded into a program built with -sanitize=thread.
//
// The fast paths of Mutex are inlined, so they are instrumented, and understood as the atomic operations they are. A lock that is
// contended is taken and given back inside libswiftSynchronization, which is not: without this every such hand-over would be reported as
// a race. Here the slow paths are announced, on the address that the fast paths work on; races outside locks are found as before.
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>

// Absent in programs that are not instrumented, which inherit the preloading.
extern void __tsan_acquire(void *address) __attribute__((weak));
extern void __tsan_release(void *address) __attribute__((weak));

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define TRY_LOCK "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *self

typedef SWIFT void (*lock_function)(uint32_t thread, SELF);
typedef SWIFT void (*unlock_function)(SELF);
typedef SWIFT bool (*try_lock_function)(SELF);

static lock_function next_lock;
static unlock_function next_unlock;
static try_lock_function next_try_lock;

__attribute__((constructor)) static void find_next(void) {
    next_lock = (lock_function)dlsym(RTLD_NEXT, LOCK);
    next_unlock = (unlock_function)dlsym(RTLD_NEXT, UNLOCK);
    next_try_lock = (try_lock_function)dlsym(RTLD_NEXT, TRY_LOCK);
}

SWIFT void lock_slow(uint32_t thread, SELF) __asm__(LOCK);
SWIFT void lock_slow(uint32_t thread, SELF) {
    next_lock(thread, self);
    if (__tsan_acquire) __tsan_acquire(self);
}

SWIFT bool try_lock_slow(SELF) __asm__(TRY_LOCK);
SWIFT bool try_lock_slow(SELF) {
    bool taken = next_try_lock(self);
    if (taken && __tsan_acquire) __tsan_acquire(self);
    return taken;
}

SWIFT void unlock_slow(SELF) __asm__(UNLOCK);
SWIFT void unlock_slow(SELF) {
    if (__tsan_release) __tsan_release(self);
    next_unlock(self);
}
