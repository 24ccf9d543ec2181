/*
 * Conditions. A wait is two operations: it lets the mutex go and queues up; and when it was
 * signalled, it takes the mutex again. A signal leaves a token for those who wait at that
 * moment, and which of them takes it is the schedule's choice. A token is good for tickets
 * below its own; a waiter takes the oldest that is good for it, so that the others stay good
 * for those who are left.
 *
 * A wait that ends for no reason waits for the mutex alone, and no signal is for it; when it
 * ended, nobody can tell. So that is the schedule's choice where the wait begins.
 */
#include "explorer/runtime/cancel.h"
#include "explorer/runtime/sync.h"

#include <errno.h>
#include <pthread.h>

struct tokens {
    uint32_t n;
    uint64_t below[HZX_THREADS];
};

static struct tokens *tokens_of(struct hzx_object *condition)
{
    if (condition->extra == NULL)
        condition->extra = hzx_keep(sizeof(struct tokens));
    struct tokens *tokens = condition->extra;
    if (condition->waiters == 0)
        tokens->n = 0;
    return tokens;
}

static bool token_for(const struct hzx_thread *thread, const struct tokens *tokens, uint32_t *which)
{
    for (*which = 0; *which < tokens->n; ++*which)
        if (tokens->below[*which] > thread->ticket)
            return true;
    return false;
}

static bool called(const struct hzx_thread *thread)
{
    uint32_t which;
    return thread->woken || token_for(thread, thread->pending.object->extra, &which);
}

static bool woken(const struct hzx_thread *thread)
{
    return (thread->timed_out || hzx_cancelled(thread) || called(thread)) && thread->pending.second->owner < 0;
}

/* Who was called and only waits for the mutex is not timed out. */
static bool uncalled(const struct hzx_thread *thread)
{
    return !called(thread);
}

static struct hzx_object *condition_of(pthread_cond_t *cond, uintptr_t pc)
{
    return hzx_used(cond, "a condition is used that was destroyed", pc);
}

/* The first operation: it lets the mutex go. Gives how often it had it. */
static uint32_t begin_wait(struct hzx_object *condition, struct hzx_object *lock, uintptr_t pc)
{
    struct hzx_op op = hzx_op_on(condition, HZX_WAIT, pc);
    op.second = lock;
    hzx_point(&op);
    uint32_t depth = lock->count;
    lock->count = 1;
    hzx_let_go(lock);
    lock->owner = -1;
    hzx_release(lock);
    hzx_changed(lock);
    hzx_spin_forget();
    return depth;
}

/* Whether it is one that ends for no reason; there are only so many of them in a schedule, of
 * whatever threads. */
static bool ends_for_no_reason(void)
{
    if (hzx.woken == hzx.spurious || hzx_choose(2) == 0)
        return false;
    hzx.woken++;
    return true;
}

static void queue_up(struct hzx_object *condition)
{
    tokens_of(condition);
    condition->waiters++;
    hzx.self->ticket = condition->tickets++;
    hzx.self->woken = false;
}

/* Whether it was called; takes the token. Of one that was cancelled it is another's. */
static bool take_call(struct tokens *tokens)
{
    uint32_t which;
    if (hzx.self->woken)
        return true;
    if (hzx_cancelled(hzx.self) || !token_for(hzx.self, tokens, &which))
        return false;
    for (tokens->n--; which < tokens->n; which++)
        tokens->below[which] = tokens->below[which + 1];
    return true;
}

/* It waits no longer. False if the time was over and nobody called. */
static bool leave_queue(struct hzx_object *condition)
{
    struct hzx_thread *self = hzx.self;
    struct tokens *tokens = condition->extra;
    bool out = hzx_timer_off(), was_called = take_call(tokens);
    self->woken = false;
    condition->waiters--;
    if (tokens->n > condition->waiters) /* those who timed out took nothing */
        tokens->n = condition->waiters;
    return was_called || !out;
}

/* The second operation: it waits to be called, and for the mutex. */
static bool wait_for_call(struct hzx_object *condition, struct hzx_object *lock,
                          const struct timespec *until, uintptr_t pc)
{
    queue_up(condition);
    struct hzx_op op = hzx_op_on(condition, HZX_WAKE, pc);
    op.second = lock;
    op.ready = woken;
    op.expires = uncalled;
    if (until != NULL)
        hzx_timer_on(until);
    hzx_cancellable(&op);
    hzx_point(&op);
    return leave_queue(condition);
}

/* Or: for the mutex alone. */
static void wake_for_no_reason(struct hzx_object *lock, uintptr_t pc)
{
    struct hzx_op op = hzx_op_on(lock, HZX_SPURIOUS, pc);
    op.ready = hzx_lock_free;
    hzx_cancellable(&op);
    hzx_point(&op);
}

static int wait_on(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until,
                   uintptr_t pc)
{
    struct hzx_thread *self = hzx.self;
    struct hzx_object *condition = condition_of(cond, pc), *lock = hzx_object(mutex);
    if (lock->owner != (int)self->id)
        hzx_end(HZX_MISUSE, pc, "a wait on a condition without holding its mutex");
    if (hzx_no_time(until))
        return EINVAL;
    uint32_t depth = begin_wait(condition, lock, pc);
    bool in_time = true;
    if (ends_for_no_reason())
        wake_for_no_reason(lock, pc);
    else
        in_time = wait_for_call(condition, lock, until, pc);
    lock->owner = (int)self->id;
    lock->count = depth;
    hzx_acquire(lock);
    hzx_hold(lock, pc);
    hzx_changed(lock);
    hzx_changed(condition);
    hzx_cancel_here(pc);
    int state = hzx_lock_state(mutex, pc);
    return state != 0 ? state : in_time ? 0 : ETIMEDOUT;
}

int pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
    if (!hzx.running)
        return HZX_REAL(pthread_cond_wait)(cond, mutex);
    return wait_on(cond, mutex, NULL, HZX_PC);
}

int pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
                           const struct timespec *until)
{
    if (!hzx.running)
        return HZX_REAL(pthread_cond_timedwait)(cond, mutex, until);
    return wait_on(cond, mutex, until, HZX_PC);
}

int pthread_cond_clockwait(pthread_cond_t *cond, pthread_mutex_t *mutex, clockid_t clock,
                           const struct timespec *until)
{
    if (!hzx.running)
        return HZX_REAL(pthread_cond_clockwait)(cond, mutex, clock, until);
    return wait_on(cond, mutex, until, HZX_PC);
}

int pthread_cond_signal(pthread_cond_t *cond)
{
    if (!hzx.running)
        return HZX_REAL(pthread_cond_signal)(cond);
    struct hzx_object *condition = condition_of(cond, HZX_PC);
    struct hzx_op op = hzx_op_on(condition, HZX_SIGNAL, HZX_PC);
    hzx_point(&op);
    struct tokens *tokens = tokens_of(condition);
    uint32_t waking = 0;
    for (unsigned i = 0; i < hzx.threads_n; i++)
        waking += hzx.threads[i].woken && hzx.threads[i].pending.object == condition;
    if (tokens->n + waking < condition->waiters)
        tokens->below[tokens->n++] = condition->tickets;
    hzx_altered(condition);
    return 0;
}

int pthread_cond_broadcast(pthread_cond_t *cond)
{
    if (!hzx.running)
        return HZX_REAL(pthread_cond_broadcast)(cond);
    struct hzx_object *condition = condition_of(cond, HZX_PC);
    struct hzx_op op = hzx_op_on(condition, HZX_BROADCAST, HZX_PC);
    hzx_point(&op);
    tokens_of(condition)->n = 0;
    for (unsigned i = 0; i < hzx.threads_n; i++) {
        struct hzx_thread *thread = &hzx.threads[i];
        if (!thread->done && thread->pending.kind == HZX_WAKE &&
            thread->pending.object == condition)
            thread->woken = true;
    }
    hzx_altered(condition);
    return 0;
}

int pthread_cond_init(pthread_cond_t *cond, const pthread_condattr_t *attributes)
{
    if (hzx.running)
        hzx_object_renew(hzx_object(cond));
    return HZX_REAL(pthread_cond_init)(cond, attributes);
}

int pthread_cond_destroy(pthread_cond_t *cond)
{
    if (!hzx.running)
        return HZX_REAL(pthread_cond_destroy)(cond);
    struct hzx_object *condition =
        hzx_used(cond, "a condition is destroyed a second time", HZX_PC);
    if (condition->waiters > 0)
        hzx_end(HZX_MISUSE, HZX_PC, "a condition is destroyed while a thread waits on it");
    hzx_destroy(condition);
    return 0;
}
