/* Semaphores, barriers, once; and time. */
#include "explorer/runtime/cancel.h"
#include "explorer/runtime/now.h"
#include "explorer/runtime/sync.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <string.h>

/* ---- time ---- */

void hzx_timer_on(const struct timespec *until)
{
    struct hzx_thread *self = hzx.self;
    self->timer = true;
    self->timed_out = false;
    self->deadline = until->tv_sec < 0 ? 0
                                       : (uint64_t)until->tv_sec * 1000000000 +
                                             (uint64_t)until->tv_nsec;
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
 * that, for nobody can notice it; unless the search is fair to those that others wait for.
 */
static bool goes_unnoticed(void)
{
    return hzx.exhaustive && !hzx.strategy->fair;
}

void hzx_pause(uint64_t nanoseconds, uintptr_t pc)
{
    hzx.now += nanoseconds;
    struct hzx_op op = {.kind = HZX_YIELD, .pc = pc};
    if (goes_unnoticed())
        hzx_pass(&op);
    else
        hzx_point(&op);
}

void hzx_sleep(uint64_t nanoseconds, uintptr_t pc)
{
    struct hzx_op op = {.kind = HZX_YIELD, .pc = pc, .clock = hzx_now_told()};
    if (!op.clock)
        hzx.now += nanoseconds;
    hzx_cancellable(&op);
    if (goes_unnoticed() && !hzx_cancel_used() && !op.clock)
        hzx_pass(&op);
    else
        hzx_point(&op);
    if (op.clock)
        hzx.now += nanoseconds;
    hzx_now_moved(hzx.self);
    hzx_cancel_here(pc);
}

/* ---- semaphores ---- */

/* `need` is 1 where its value is known: one that a constructor has made, or sem_open(), has its
 * first value in memory. */
static struct hzx_object *semaphore_of(sem_t *semaphore, uintptr_t pc)
{
    struct hzx_object *object =
        hzx_used(semaphore, "a semaphore is used that was destroyed", pc);
    int value;
    if (object->need == 0 && HZX_REAL(sem_getvalue)(semaphore, &value) == 0) {
        object->need = 1;
        object->count = (uint32_t)value;
    }
    return object;
}

static bool above_zero(const struct hzx_thread *thread)
{
    return thread->pending.object->count > 0 || thread->timed_out || hzx_cancelled(thread);
}

/* `otherwise`: the error if it is at zero. */
static int take_one(struct hzx_object *object, int otherwise)
{
    if (object->count == 0) {
        errno = otherwise;
        return -1;
    }
    object->count--;
    hzx_acquire(object);
    hzx_altered(object);
    return 0;
}

static int down(sem_t *semaphore, const struct timespec *until, uintptr_t pc)
{
    struct hzx_object *object = semaphore_of(semaphore, pc);
    if (hzx_no_time(until)) {
        errno = EINVAL;
        return -1;
    }
    struct hzx_op op = hzx_op_on(object, HZX_SEM_WAIT, pc);
    op.ready = above_zero;
    hzx_cancellable(&op);
    if (until != NULL)
        hzx_timer_on(until);
    hzx_point(&op);
    hzx_cancel_here(pc);
    if (until != NULL)
        hzx_timer_off();
    return take_one(object, ETIMEDOUT);
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
    struct hzx_object *object = semaphore_of(semaphore, HZX_PC);
    struct hzx_op op = hzx_op_on(object, HZX_SEM_TRY, HZX_PC);
    hzx_point(&op);
    return take_one(object, EAGAIN);
}

int sem_post(sem_t *semaphore)
{
    if (!hzx.running)
        return HZX_REAL(sem_post)(semaphore);
    struct hzx_object *object = semaphore_of(semaphore, HZX_PC);
    struct hzx_op op = hzx_op_on(object, HZX_SEM_POST, HZX_PC);
    hzx_point(&op);
    object->count++;
    hzx_release(object);
    hzx_altered(object);
    return 0;
}

int sem_getvalue(sem_t *semaphore, int *value)
{
    if (!hzx.running)
        return HZX_REAL(sem_getvalue)(semaphore, value);
    struct hzx_object *object = semaphore_of(semaphore, HZX_PC);
    struct hzx_op op = hzx_op_on(object, HZX_SEM_TRY, HZX_PC);
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
        object->need = 1;
    }
    return status;
}

/* It stays where it is: what was posted to it is not in its memory. */
int sem_close(sem_t *semaphore)
{
    return hzx.running ? 0 : HZX_REAL(sem_close)(semaphore);
}

int sem_destroy(sem_t *semaphore)
{
    if (hzx.running)
        hzx_destroy(hzx_used(semaphore, "a semaphore is destroyed a second time", HZX_PC));
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
    struct hzx_object *object = hzx_used(barrier, "a barrier is destroyed a second time", HZX_PC);
    if (object->count > 0)
        hzx_end(HZX_MISUSE, HZX_PC, "a barrier is destroyed while a thread waits at it");
    hzx_destroy(object);
    return 0;
}

/* Of one that a constructor has made, by glibc's layout. */
static uint32_t count_in_memory(const pthread_barrier_t *barrier)
{
    struct { unsigned in, round, count; } own;
    memcpy(&own, barrier, sizeof own);
    return own.count;
}

int pthread_barrier_wait(pthread_barrier_t *barrier)
{
    if (!hzx.running)
        return HZX_REAL(pthread_barrier_wait)(barrier);
    struct hzx_object *object = hzx_used(barrier, "a barrier is used that was destroyed", HZX_PC);
    if (object->need == 0)
        object->need = count_in_memory(barrier);
    struct hzx_op op = hzx_op_on(object, HZX_BARRIER, HZX_PC);
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
    struct hzx_op op = hzx_op_on(object, HZX_ONCE, pc);
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
