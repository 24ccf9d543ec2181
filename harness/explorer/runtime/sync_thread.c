/* Threads: made, joined, ended; their keys; and C11's names for all of it. */
#include "explorer/runtime/cancel.h"
#include "explorer/runtime/sync.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <threads.h>

static int create(pthread_t *handle, bool detached, void *(*start)(void *), void *argument,
                  uintptr_t pc)
{
    hzx_spin_forget();
    /* The handle is there before the thread runs, as with the C library. */
    hzx.handle = handle;
    struct hzx_thread *thread = hzx_thread_new(start, argument);
    if (thread == NULL)
        hzx_no_room("pthread_create: there is room for 256 threads, under --memory tso 128", pc);
    thread->detached = detached;
    return 0;
}

int pthread_create(pthread_t *handle, const pthread_attr_t *attributes, void *(*start)(void *),
                   void *argument)
{
    if (!hzx.running)
        return HZX_REAL(pthread_create)(handle, attributes, start, argument);
    int state = PTHREAD_CREATE_JOINABLE;
    if (attributes != NULL)
        pthread_attr_getdetachstate(attributes, &state);
    hzx_pass(&(struct hzx_op){.kind = HZX_CREATE, .pc = HZX_PC});
    return create(handle, state == PTHREAD_CREATE_DETACHED, start, argument, HZX_PC);
}

/* What it asks for it does not get. */
int pthread_attr_setstacksize(pthread_attr_t *attributes, size_t size)
{
    if (hzx.running && size > HZX_STACK_SIZE)
        hzx_uncontrolled("pthread_attr_setstacksize: a stack has 256 KiB, not more", HZX_PC);
    return HZX_REAL(pthread_attr_setstacksize)(attributes, size);
}

/*
 * A thread's end is an operation where somebody may tell when it came: by a join that need not
 * wait for it. It is from the schedule on in which there was one, and joins with it are
 * operations all. What is told is of the thread's place in the engine, the same in all schedules.
 */
static void end_is_told(struct hzx_thread *thread)
{
    hzx_tried(hzx_object(thread));
}

bool hzx_end_is_told(const struct hzx_thread *thread)
{
    return hzx_cancel_used() || hzx_object(thread)->tried;
}

static bool has_ended(const struct hzx_thread *thread)
{
    return hzx.threads[thread->pending.value].done || thread->timed_out || hzx_cancelled(thread);
}

static struct hzx_op join_of(const struct hzx_thread *target, uintptr_t pc)
{
    return (struct hzx_op){.kind = HZX_JOIN, .size = 1, .pc = pc, .value = target->id,
                           .address = (uintptr_t)target, .ready = has_ended};
}

/* What a thread that has ended leaves to the one that joins it. */
static int learn(struct hzx_thread *target, void **result)
{
    target->joined = true;
    hzx_clock_join(hzx.self->clock, target->clock);
    hzx_settle();
    if (hzx.exhaustive)
        hzx_clock_join(hzx.self->order, target->order);
    hzx_spin_forget();
    if (result != NULL)
        *result = target->result;
    return 0;
}

static int join(struct hzx_thread *target, void **result, const struct timespec *until,
                uintptr_t pc)
{
    if (target == NULL)
        return ESRCH;
    if (target == hzx.self)
        return EDEADLK;
    if (target->detached || target->joined)
        hzx_end(HZX_MISUSE, pc, target->detached ? "a detached thread is joined"
                                                 : "a thread is joined a second time");
    struct hzx_op op = join_of(target, pc);
    if (until != NULL) {
        end_is_told(target);
        hzx_timer_on(until);
    }
    hzx_cancellable(&op);
    if (target->done && !hzx_end_is_told(target))
        hzx_pass(&op); /* nothing that another does can change it now */
    else
        hzx_point(&op);
    hzx_cancel_here(pc);
    if (until != NULL)
        hzx_timer_off();
    return target->done ? learn(target, result) : ETIMEDOUT;
}

int pthread_join(pthread_t handle, void **result)
{
    return hzx.running ? join(hzx_thread_of((void *)handle), result, NULL, HZX_PC)
                       : HZX_REAL(pthread_join)(handle, result);
}

int pthread_timedjoin_np(pthread_t handle, void **result, const struct timespec *until)
{
    return hzx.running ? join(hzx_thread_of((void *)handle), result, until, HZX_PC)
                       : HZX_REAL(pthread_timedjoin_np)(handle, result, until);
}

int pthread_tryjoin_np(pthread_t handle, void **result)
{
    if (!hzx.running)
        return HZX_REAL(pthread_tryjoin_np)(handle, result);
    struct hzx_thread *target = hzx_thread_of((void *)handle);
    if (target == NULL)
        return ESRCH;
    end_is_told(target);
    struct hzx_op op = join_of(target, HZX_PC);
    op.ready = NULL;
    hzx_point(&op);
    return target->done ? learn(target, result) : EBUSY;
}

int pthread_detach(pthread_t handle)
{
    if (!hzx.running)
        return HZX_REAL(pthread_detach)(handle);
    struct hzx_thread *target = hzx_thread_of((void *)handle);
    if (target == NULL)
        return ESRCH;
    target->detached = true;
    return 0;
}

/* ---- keys: values are put back with each schedule, so they are ours ---- */

enum { KEYS = 128 };

static struct {
    uint32_t schedule, n;
    void (*destructors[KEYS])(void *);
    bool used[KEYS];
    void *values[HZX_THREADS][KEYS];
} keys;

static void keys_now(void)
{
    if (keys.schedule != (uint32_t)hzx.shared->schedules) {
        memset(keys.values, 0, sizeof *keys.values * (keys.n > 0 ? HZX_THREADS : 0));
        memset(keys.used, 0, sizeof keys.used);
        keys.n = 0;
        keys.schedule = (uint32_t)hzx.shared->schedules;
    }
}

int pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
    if (!hzx.running)
        return HZX_REAL(pthread_key_create)(key, destructor);
    keys_now();
    if (keys.n == KEYS)
        hzx_no_room("pthread_key_create: there is room for 128 keys", HZX_PC);
    keys.destructors[keys.n] = destructor;
    keys.used[keys.n] = true;
    *key = keys.n++;
    return 0;
}

int pthread_key_delete(pthread_key_t key)
{
    if (!hzx.running)
        return HZX_REAL(pthread_key_delete)(key);
    if (key >= KEYS || !keys.used[key])
        return EINVAL;
    keys.used[key] = false;
    return 0;
}

int pthread_setspecific(pthread_key_t key, const void *value)
{
    if (!hzx.running)
        return HZX_REAL(pthread_setspecific)(key, value);
    keys_now();
    if (key >= KEYS || !keys.used[key])
        return EINVAL;
    keys.values[hzx.self->id][key] = (void *)value;
    return 0;
}

void *pthread_getspecific(pthread_key_t key)
{
    if (!hzx.running)
        return HZX_REAL(pthread_getspecific)(key);
    keys_now();
    return key < KEYS && keys.used[key] ? keys.values[hzx.self->id][key] : NULL;
}

static void run_destructors(void)
{
    if (keys.schedule != (uint32_t)hzx.shared->schedules)
        return;
    void **values = keys.values[hzx.self->id];
    for (int round = 0; round < PTHREAD_DESTRUCTOR_ITERATIONS; round++) {
        bool any = false;
        for (unsigned i = 0; i < keys.n; i++) {
            void *value = values[i];
            if (!keys.used[i] || value == NULL || keys.destructors[i] == NULL)
                continue;
            values[i] = NULL;
            keys.destructors[i](value);
            any = true;
        }
        if (!any)
            return;
    }
}

/* ---- the end of a thread ---- */

void hzx_leave(void *result, uintptr_t pc)
{
    struct hzx_thread *self = hzx.self;
    hzx_locals_end();
    run_destructors();
    hzx_leave_robust();
    if (self->held_n > 0)
        hzx_end(HZX_LOCK_LEAK, self->held[0].pc, "a thread ends and holds a lock");
    (void)pc;
    hzx_thread_end(result);
}

void pthread_exit(void *result)
{
    if (hzx.running)
        hzx_unwind(result, HZX_PC);
    HZX_REAL(pthread_exit)(result);
    __builtin_unreachable();
}

int sched_yield(void)
{
    if (!hzx.running)
        return HZX_REAL(sched_yield)();
    hzx_pause(0, HZX_PC);
    return 0;
}

/* ---- C11 ---- */

struct c11 {
    thrd_start_t start;
    void *argument;
};

static void *c11_start(void *argument)
{
    struct c11 own = *(struct c11 *)argument;
    return (void *)(intptr_t)own.start(own.argument);
}

int thrd_create(thrd_t *handle, thrd_start_t start, void *argument)
{
    if (!hzx.running)
        return HZX_REAL(thrd_create)(handle, start, argument);
    struct c11 *both = hzx_heap_take(sizeof *both, 16);
    if (both == NULL)
        return thrd_nomem;
    *both = (struct c11){start, argument};
    hzx_pass(&(struct hzx_op){.kind = HZX_CREATE, .pc = HZX_PC});
    int status = create((pthread_t *)handle, false, c11_start, both, HZX_PC);
    return status == 0 ? thrd_success : thrd_error;
}

int thrd_join(thrd_t handle, int *result)
{
    if (!hzx.running)
        return HZX_REAL(thrd_join)(handle, result);
    void *value;
    if (join(hzx_thread_of((void *)handle), &value, NULL, HZX_PC) != 0)
        return thrd_error;
    if (result != NULL)
        *result = (int)(intptr_t)value;
    return thrd_success;
}

int thrd_detach(thrd_t handle)
{
    return pthread_detach((pthread_t)handle) == 0 ? thrd_success : thrd_error;
}

void thrd_exit(int result)
{
    pthread_exit((void *)(intptr_t)result);
}

void thrd_yield(void)
{
    if (hzx.running)
        hzx_pause(0, HZX_PC);
    else
        HZX_REAL(thrd_yield)();
}

static int c11_status(int status)
{
    return status == 0 ? thrd_success : status == EBUSY ? thrd_busy
         : status == ETIMEDOUT ? thrd_timedout : status == ENOMEM ? thrd_nomem : thrd_error;
}

int mtx_init(mtx_t *mutex, int type)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, type & mtx_recursive ? PTHREAD_MUTEX_RECURSIVE
                                                                 : PTHREAD_MUTEX_NORMAL);
    return c11_status(pthread_mutex_init((pthread_mutex_t *)mutex, &attributes));
}

/* The same function by another name: 0 is thrd_success, and no other value is looked for. A
 * jump, so that the place in the program stays the caller's. */
HZX_ENTRY("mtx_lock", "hzx_mutex_lock")
HZX_ENTRY("mtx_unlock", "pthread_mutex_unlock")
HZX_ENTRY("cnd_wait", "pthread_cond_wait")
HZX_ENTRY("cnd_signal", "pthread_cond_signal")
HZX_ENTRY("cnd_broadcast", "pthread_cond_broadcast")

__attribute__((used)) int hzx_mtx_trylock(mtx_t *mutex)
{
    int hzx_mutex_trylock(pthread_mutex_t *);
    return c11_status(hzx_mutex_trylock((pthread_mutex_t *)mutex));
}
HZX_ENTRY("mtx_trylock", "hzx_mtx_trylock")

int mtx_timedlock(mtx_t *mutex, const struct timespec *until)
{
    return c11_status(pthread_mutex_timedlock((pthread_mutex_t *)mutex, until));
}

void mtx_destroy(mtx_t *mutex)
{
    pthread_mutex_destroy((pthread_mutex_t *)mutex);
}

int cnd_init(cnd_t *cond)
{
    return c11_status(pthread_cond_init((pthread_cond_t *)cond, NULL));
}

int cnd_timedwait(cnd_t *cond, mtx_t *mutex, const struct timespec *until)
{
    return c11_status(
        pthread_cond_timedwait((pthread_cond_t *)cond, (pthread_mutex_t *)mutex, until));
}

void cnd_destroy(cnd_t *cond)
{
    pthread_cond_destroy((pthread_cond_t *)cond);
}

int tss_create(tss_t *key, tss_dtor_t destructor)
{
    return c11_status(pthread_key_create(key, destructor));
}

int tss_set(tss_t key, void *value)
{
    return c11_status(pthread_setspecific(key, value));
}

void *tss_get(tss_t key)
{
    return pthread_getspecific(key);
}

void tss_delete(tss_t key)
{
    pthread_key_delete(key);
}

void call_once(once_flag *flag, void (*routine)(void))
{
    if (hzx.running)
        hzx_once(flag, routine, HZX_PC);
    else
        HZX_REAL(call_once)(flag, routine);
}
