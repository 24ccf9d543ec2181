/*
 * Cancellation, deferred: a thread that was asked to end does so at the next of its
 * operations that is a *cancellation point*, or in one where it waits. Then its cleanup
 * handlers run, the latest first, its keys' destructors, and it is over.
 *
 * The asking is an operation; it is dependent with the cancellation points of its target
 * (engine.h), and with nothing else. What is a point only because a thread may be cancelled
 * there (a sleep, a join with one that has ended), and a thread's end, which such a join need not
 * wait for, is one from the first campaign's schedule on in which pthread_cancel() was called.
 */
#ifndef HZX_CANCEL_H
#define HZX_CANCEL_H

#include "explorer/runtime/engine.h"

/* Once a campaign. */
void hzx_cancel_open(void);

/* Whether somebody has called pthread_cancel() in this campaign; or it may be, in a replay. */
static inline bool hzx_cancel_used(void)
{
    return hzx.cancels || hzx.every_access;
}

/* A schedule begins. */
void hzx_cancel_begin(void);

/* `op`, which the thread that runs is about to come to, is a cancellation point. */
static inline void hzx_cancellable(struct hzx_op *op)
{
    op->cancels = !hzx.self->cancel_off;
}

/* For `ready` of a cancellation point: it ends the wait. */
static inline bool hzx_cancelled(const struct hzx_thread *thread)
{
    return thread->cancelled && thread->pending.cancels;
}

_Noreturn void hzx_cancel_end(uintptr_t pc);

/* After the point: the thread that runs ends here if it was cancelled. */
static inline void hzx_cancel_here(uintptr_t pc)
{
    if (hzx_cancelled(hzx.self))
        hzx_cancel_end(pc);
}

/* Cleanup handlers run, then the thread ends with `result`. */
_Noreturn void hzx_unwind(void *result, uintptr_t pc);

#endif
