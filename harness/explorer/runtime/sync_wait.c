/* Conditions, semaphores, barriers, once; and time. */
#include "explorer/runtime/cancel.h"
#include "explorer/runtime/sync.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>

static struct hzx_op op_on(struct hzx_object *object, unsigned kind, uintptr_t pc)
{
    return (struct hzx_op){.kind = (uint8_t)kind, .size = 1, .write = true, .object = object,
                           .address = object->address, .pc = pc};
}

static struct hzx_object *object_of(void *address, const char *what, uintptr_t pc)
{
    struct hzx_object *object = hzx_object(address);
    if (hzx_destroyed(object))
        hzx_end(HZX_MISUSE, pc, what);
    return object;
}

/* ---- time ---- */

void hzx_timer_on(const struct timespec *until)
{
    struct hzx_thread *self = hzx.self;
    self->timer = true;
    self->timed_out = false;
    self->deadline = (uint64_t)until->tv_sec * 1000000000 + (uint64_t)until->tv_nsec;
}

bool hzx_timer_off(void)
{
    bool out = hzx.self->timed_out;
    hzx.self->timer = hzx.self->timed_out = false;
    return out;
}

/*
 * Sleeping orders nothing: however long a thread sleeps, another may take longer. So it is
 * a place where others may go on and no more, and where the search is exhaustive not even
 * that, for nobody can notice it.
 */
void hzx_pause(uint64_t nanoseconds, uintptr_t pc)
{
    hzx.now += nanoseconds;
    struct hzx_op op = {.kind = HZX_YIELD, .pc = pc};
    if (hzx.exhaustive)
        hzx_pass(&op);
    else
        hzx_point(&op);
}

void hzx_sleep(uint64_t nanoseconds, uintptr_t pc)
{
    hzx.now += nanoseconds;
    struct hzx_op op = {.kind = HZX_YIELD, .pc = pc};
    hzx_cancellable(&op);
    if (hzx.exhaustive && !hzx_cancel_used())
        hzx_pass(&op);
    else
        hzx_point(&op);
    hzx_cancel_here(pc);
}

/* ---- conditions ----
 *
 * A wait is two operations: it lets the mutex go and queues up; and when it was signalled,
 * it takes the mutex again. A signal leaves a token for those who wait at that moment, and
 * which of them takes it is the schedule's choice. A token is good for tickets below its
 * own; a waiter takes the oldest that is good for it, so that the others stay good for
 * those who are left.
 */

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

static int wait_on(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until,
                   uintptr_t pc)
{
    struct hzx_thread *self = hzx.self;
    struct hzx_object *condition = object_of(cond, "a condition is used that was destroyed", pc);
    struct hzx_object *lock = hzx_object(mutex);
    if (lock->owner != (int)self->id)
        hzx_end(HZX_MISUSE, pc, "a wait on a condition without holding its mutex");
    struct hzx_op enter = op_on(condition, HZX_WAIT, pc);
    enter.second = lock;
    hzx_point(&enter);
    struct tokens *tokens = tokens_of(condition);
    condition->waiters++;
    self->ticket = condition->tickets++;
    self->woken = false;
    uint32_t depth = lock->count;
    lock->count = 1;
    hzx_let_go(lock);
    lock->owner = -1;
    hzx_release(lock);
    hzx_changed(lock);
    hzx_spin_forget();
    if (until != NULL)
        hzx_timer_on(until);

    struct hzx_op leave = op_on(condition, HZX_WAKE, pc);
    leave.second = lock;
    leave.ready = woken;
    leave.expires = uncalled;
    if (until == NULL)
        self->timer = self->spurious = hzx.spurious != 0;
    hzx_cancellable(&leave);
    hzx_point(&leave);
    uint32_t which;
    bool cancelled = hzx_cancelled(self); /* then a signal is another's */
    bool out = hzx_timer_off() && !self->spurious;
    self->spurious = false;
    if (self->woken) {
        out = false;
    } else if (!cancelled && token_for(self, tokens, &which)) {
        out = false;
        for (tokens->n--; which < tokens->n; which++)
            tokens->below[which] = tokens->below[which + 1];
    }
    self->woken = false;
    condition->waiters--;
    if (tokens->n > condition->waiters) /* those who timed out took nothing */
        tokens->n = condition->waiters;
    lock->owner = (int)self->id;
    lock->count = depth;
    hzx_acquire(lock);
    hzx_hold(lock, pc);
    hzx_changed(lock);
    hzx_changed(condition);
    hzx_cancel_here(pc);
    return out ? ETIMEDOUT : 0;
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
    struct hzx_object *condition =
        object_of(cond, "a condition is used that was destroyed", HZX_PC);
    struct hzx_op op = op_on(condition, HZX_SIGNAL, HZX_PC);
    hzx_point(&op);
    struct tokens *tokens = tokens_of(condition);
    uint32_t waking = 0;
    for (unsigned i = 0; i < hzx.threads_n; i++)
        waking += hzx.threads[i].woken && hzx.threads[i].pending.object == condition;
    if (tokens->n + waking < condition->waiters)
        tokens->below[tokens->n++] = condition->tickets;
    hzx_spin_forget();
    hzx_changed(condition);
    return 0;
}

int pthread_cond_broadcast(pthread_cond_t *cond)
{
    if (!hzx.running)
        return HZX_REAL(pthread_cond_broadcast)(cond);
    struct hzx_object *condition =
        object_of(cond, "a condition is used that was destroyed", HZX_PC);
    struct hzx_op op = op_on(condition, HZX_BROADCAST, HZX_PC);
    hzx_point(&op);
    tokens_of(condition)->n = 0;
    for (unsigned i = 0; i < hzx.threads_n; i++) {
        struct hzx_thread *thread = &hzx.threads[i];
        if (!thread->done && thread->pending.kind == HZX_WAKE &&
            thread->pending.object == condition)
            thread->woken = true;
    }
    hzx_spin_forget();
    hzx_changed(condition);
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
        object_of(cond, "a condition is destroyed a second time", HZX_PC);
    if (condition->waiters > 0)
        hzx_end(HZX_MISUSE, HZX_PC, "a condition is destroyed while a thread waits on it");
    hzx_destroy(condition);
    return 0;
}

/* ---- semaphores ---- */

static bool above_zero(const struct hzx_thread *thread)
{
    return thread->pending.object->count > 0 || thread->timed_out || hzx_cancelled(thread);
}

static int down(sem_t *semaphore, const struct timespec *until, uintptr_t pc)
{
    struct hzx_object *object = object_of(semaphore, "a semaphore is used that was destroyed", pc);
    struct hzx_op op = op_on(object, HZX_SEM_WAIT, pc);
    op.ready = above_zero;
    hzx_cancellable(&op);
    if (until != NULL)
        hzx_timer_on(until);
    hzx_point(&op);
    hzx_cancel_here(pc);
    if (until != NULL)
        hzx_timer_off();
    if (object->count == 0) {
        errno = ETIMEDOUT;
        return -1;
    }
    object->count--;
    hzx_acquire(object);
    hzx_spin_forget();
    hzx_changed(object);
    return 0;
}

int sem_wait(sem_t *semaphore)
{
    return hzx.running ? down(semaphore, NULL, HZX_PC) : HZX_REAL(sem_wait)(semaphore);
}

int sem_timedwait(sem_t *semaphore, const struct timespec *until)
{
    return hzx.running ? down(semaphore, until, HZX_PC) : HZX_REAL(sem_timedwait)(semaphore, until);
}

int sem_clockwait(sem_t *semaphore, clockid_t clock, const struct timespec *until)
{
    return hzx.running ? down(semaphore, until, HZX_PC)
                       : HZX_REAL(sem_clockwait)(semaphore, clock, until);
}

int sem_trywait(sem_t *semaphore)
{
    if (!hzx.running)
        return HZX_REAL(sem_trywait)(semaphore);
    struct hzx_object *object =
        object_of(semaphore, "a semaphore is used that was destroyed", HZX_PC);
    struct hzx_op op = op_on(object, HZX_SEM_TRY, HZX_PC);
    hzx_point(&op);
    if (object->count == 0) {
        errno = EAGAIN;
        return -1;
    }
    object->count--;
    hzx_acquire(object);
    hzx_spin_forget();
    hzx_changed(object);
    return 0;
}

int sem_post(sem_t *semaphore)
{
    if (!hzx.running)
        return HZX_REAL(sem_post)(semaphore);
    struct hzx_object *object =
        object_of(semaphore, "a semaphore is used that was destroyed", HZX_PC);
    struct hzx_op op = op_on(object, HZX_SEM_POST, HZX_PC);
    hzx_point(&op);
    object->count++;
    hzx_release(object);
    hzx_spin_forget();
    hzx_changed(object);
    return 0;
}

int sem_getvalue(sem_t *semaphore, int *value)
{
    if (!hzx.running)
        return HZX_REAL(sem_getvalue)(semaphore, value);
    struct hzx_object *object =
        object_of(semaphore, "a semaphore is used that was destroyed", HZX_PC);
    struct hzx_op op = op_on(object, HZX_SEM_TRY, HZX_PC);
    op.write = false;
    hzx_point(&op);
    *value = (int)object->count;
    return 0;
}

int sem_init(sem_t *semaphore, int shared, unsigned value)
{
    int status = HZX_REAL(sem_init)(semaphore, shared, value);
    if (hzx.running && status == 0) {
        struct hzx_object *object = hzx_object(semaphore);
        hzx_object_renew(object);
        object->count = value;
    }
    return status;
}

int sem_destroy(sem_t *semaphore)
{
    if (hzx.running)
        hzx_destroy(object_of(semaphore, "a semaphore is destroyed a second time", HZX_PC));
    return 0;
}

/* ---- barriers: `served` counts the rounds that are complete ---- */

static bool round_over(const struct hzx_thread *thread)
{
    return thread->pending.object->served != thread->ticket;
}

int pthread_barrier_init(pthread_barrier_t *barrier, const pthread_barrierattr_t *attributes,
                         unsigned count)
{
    int status = HZX_REAL(pthread_barrier_init)(barrier, attributes, count);
    if (hzx.running && status == 0) {
        struct hzx_object *object = hzx_object(barrier);
        hzx_object_renew(object);
        object->need = count;
    }
    return status;
}

int pthread_barrier_destroy(pthread_barrier_t *barrier)
{
    if (!hzx.running)
        return HZX_REAL(pthread_barrier_destroy)(barrier);
    struct hzx_object *object =
        object_of(barrier, "a barrier is destroyed a second time", HZX_PC);
    if (object->count > 0)
        hzx_end(HZX_MISUSE, HZX_PC, "a barrier is destroyed while a thread waits at it");
    hzx_destroy(object);
    return 0;
}

int pthread_barrier_wait(pthread_barrier_t *barrier)
{
    if (!hzx.running)
        return HZX_REAL(pthread_barrier_wait)(barrier);
    struct hzx_object *object = object_of(barrier, "a barrier is used that was destroyed", HZX_PC);
    struct hzx_op op = op_on(object, HZX_BARRIER, HZX_PC);
    hzx_point(&op); /* who comes last is told so: the order of arrival can be noticed */
    hzx_release(object);
    hzx_spin_forget();
    if (++object->count >= object->need) {
        object->count = 0;
        object->served++;
        hzx_acquire(object);
        hzx_changed(object);
        return PTHREAD_BARRIER_SERIAL_THREAD;
    }
    hzx.self->ticket = object->served;
    op.kind = HZX_WAKE;
    op.write = false;
    op.ready = round_over;
    hzx_point(&op);
    hzx_acquire(object);
    return 0;
}

/* ---- once: `count` is 1 when it is done ---- */

static bool not_running(const struct hzx_thread *thread)
{
    return thread->pending.object->owner < 0;
}

int hzx_once(void *control, void (*routine)(void), uintptr_t pc)
{
    struct hzx_object *object = hzx_object(control);
    struct hzx_op op = op_on(object, HZX_ONCE, pc);
    op.ready = not_running;
    hzx_point(&op);
    if (object->count == 0) {
        object->owner = (int)hzx.self->id;
        hzx_changed(object);
        routine();
        object->owner = -1;
        object->count = 1;
        hzx_release(object);
        hzx_changed(object);
    }
    hzx_acquire(object);
    return 0;
}

int pthread_once(pthread_once_t *control, void (*routine)(void))
{
    return hzx.running ? hzx_once(control, routine, HZX_PC)
                       : HZX_REAL(pthread_once)(control, routine);
}
