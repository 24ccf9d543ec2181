/*
 * What the files that take the place of pthread functions have in common. Each function
 * is the C library's while no schedule is under way (before main(), say), and an
 * operation of the schedule while one is.
 */
#ifndef HZX_SYNC_H
#define HZX_SYNC_H

#include "explorer/runtime/engine.h"
#include "explorer/runtime/entry.h"
#include "explorer/runtime/memory.h"
#include "explorer/runtime/objects.h"
#include "explorer/runtime/spin.h"

#include <dlfcn.h>
#include <time.h>

/* The C library's own function of that name. */
#define HZX_REAL(name)                                                                             \
    ({                                                                                             \
        static __typeof__(&name) real_;                                                            \
        if (real_ == NULL)                                                                         \
            *(void **)&real_ = dlsym(RTLD_NEXT, #name);                                            \
        real_;                                                                                     \
    })

/* The object at `address`; if it was destroyed, the schedule ends with `misuse`. */
static inline struct hzx_object *hzx_used(void *address, const char *misuse, uintptr_t pc)
{
    struct hzx_object *object = hzx_object(address);
    if (hzx_destroyed(object))
        hzx_end(HZX_MISUSE, pc, misuse);
    return object;
}

/* An operation that changes `object`. */
static inline struct hzx_op hzx_op_on(struct hzx_object *object, unsigned kind, uintptr_t pc)
{
    return (struct hzx_op){.kind = (uint8_t)kind, .size = 1, .write = true, .object = object,
                           .address = object->address, .pc = pc};
}

/* The thread that runs has changed it, and done work with that. */
static inline void hzx_altered(const struct hzx_object *object)
{
    hzx_spin_forget();
    hzx_changed(object);
}

/* A mutex by whatever name: pthread, C11, a condition's relock. */
void hzx_lock(void *mutex, unsigned kind, uintptr_t pc);
int hzx_unlock(void *mutex, unsigned kind, uintptr_t pc);
/* Of a robust mutex that was just taken: 0, EOWNERDEAD, or ENOTRECOVERABLE; then it is free
 * again. */
int hzx_lock_state(void *mutex, uintptr_t pc);
/* This thread ends: the robust mutexes that it holds are let go, and their next owner told. */
void hzx_leave_robust(void);
bool hzx_lock_free(const struct hzx_thread *thread); /* `ready` of an op on object `object` */

/* This thread ends: its keys' destructors run, and it must hold nothing. */
_Noreturn void hzx_leave(void *result, uintptr_t pc);

/* Whether it can be told when that thread ended, so that its end is an operation. */
bool hzx_end_is_told(const struct hzx_thread *thread);

/* This thread's thread_local objects are destroyed (C++). */
void hzx_locals_end(void);

/* exit(): handlers run, and the schedule is over. */
_Noreturn void hzx_exit(int status, uintptr_t pc);

/* Once a campaign: its process is noted. */
void hzx_names_open(void);

/* A signal that ends a program ends the schedule. */
void hzx_catch_crashes(void);

int hzx_once(void *control, void (*routine)(void), uintptr_t pc);

void hzx_hold(struct hzx_object *object, uintptr_t pc);
void hzx_let_go(struct hzx_object *object);

/* From now on this thread's next blocking operation may end at `until` (CLOCK_REALTIME or
 * MONOTONIC: the logical clock is one); hzx_timer_off says whether it did. */
void hzx_timer_on(const struct timespec *until);
static inline bool hzx_no_time(const struct timespec *time) /* what the C library calls EINVAL */
{
    return time != NULL && (time->tv_nsec < 0 || time->tv_nsec >= 1000000000);
}
bool hzx_timer_off(void);

/* Time passes for this thread: others may go on. `nanoseconds` 0: it yields. A sleep is a
 * cancellation point besides. */
void hzx_pause(uint64_t nanoseconds, uintptr_t pc);
void hzx_sleep(uint64_t nanoseconds, uintptr_t pc);

/* Names, once a campaign, what the explorer does not control. */
void hzx_uncontrolled(const char *name, uintptr_t pc);
/* The program wants more of `what` than the explorer has: the schedule is cut, and that is said. */
_Noreturn void hzx_no_room(const char *what, uintptr_t pc);
/* The program cannot be explored: it calls `name`, which makes a process. */
_Noreturn void hzx_give_up(const char *name, uintptr_t pc);

/* Whether others may go on between an unlocking and what follows: somebody tries the lock. */
void hzx_tried(struct hzx_object *object);

#endif
