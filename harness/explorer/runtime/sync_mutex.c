/* Mutexes and spin locks. */
#include "explorer/runtime/sync.h"

#include <errno.h>
#include <pthread.h>

void hzx_hold(struct hzx_object *object, uintptr_t pc)
{
    struct hzx_thread *self = hzx.self;
    if (self->held_n < HZX_HELD) {
        self->held[self->held_n].object = object;
        self->held[self->held_n].pc = pc;
    }
    self->held_n++;
}

void hzx_let_go(struct hzx_object *object)
{
    struct hzx_thread *self = hzx.self;
    unsigned n = self->held_n < HZX_HELD ? self->held_n : HZX_HELD;
    for (unsigned i = n; i-- > 0;) {
        if (self->held[i].object != object)
            continue;
        for (; i + 1 < n; i++)
            self->held[i] = self->held[i + 1];
        break;
    }
    if (self->held_n > 0)
        self->held_n--;
}

void hzx_tried(struct hzx_object *object)
{
    if (!object->tried) {
        object->tried = true;
        ++*hzx_memory_learned;
    }
}

bool hzx_lock_free(const struct hzx_thread *thread)
{
    return thread->pending.object->owner < 0 || thread->timed_out;
}

static struct hzx_object *mutex_of(void *mutex, uintptr_t pc)
{
    return hzx_used(mutex, "a mutex is used that was destroyed", pc);
}

static void take(struct hzx_object *object, uintptr_t pc)
{
    object->owner = (int)hzx.self->id;
    object->count = 1;
    object->last = (int)hzx.self->id;
    hzx_acquire(object);
    hzx_hold(object, pc);
    hzx_changed(object);
}

/* Takes it as soon as it is free; not if a timer went off before. */
void hzx_lock(void *mutex, unsigned kind, uintptr_t pc)
{
    struct hzx_object *object = mutex_of(mutex, pc);
    struct hzx_op op = hzx_op_on(object, kind, pc);
    op.ready = hzx_lock_free;
    hzx_spin_round(pc, object->address, 0, object);
    hzx_point(&op);
    mutex_of(mutex, pc);
    if (object->owner >= 0)
        return;
    if (object->last != (int)hzx.self->id) /* others had it since: what it guards may be new */
        hzx_spin_forget();
    take(object, pc);
    hzx_spin_looked(pc, object->address, 0, 0, object);
}

static int kind_of(const pthread_mutex_t *mutex)
{
    return mutex->__data.__kind & 3;
}

int hzx_unlock(void *mutex, unsigned kind, uintptr_t pc)
{
    struct hzx_object *object = mutex_of(mutex, pc);
    struct hzx_op op = hzx_op_on(object, kind, pc);
    if (object->owner != (int)hzx.self->id)
        hzx_end(HZX_MISUSE, pc, object->owner < 0 ? "unlock of a lock that is free"
                                                  : "unlock of a lock that another thread holds");
    if (object->count > 1) {
        object->count--;
        hzx_pass(&op);
        return 0;
    }
    if (object->tried || hzx.every_access)
        hzx_point(&op);
    else
        hzx_pass(&op);
    object->owner = -1;
    object->count = 0;
    hzx_let_go(object);
    hzx_release(object);
    hzx_changed(object);
    return 0;
}

/* ---- robust mutexes: `mode` says what became of what it guards ---- */

enum {
    NOT_ROBUST, /* as far as is known: nobody took it yet */
    SOUND,
    LEFT,         /* by a thread that ended; */
    INCONSISTENT, /* then taken, by one that has not said yet that it is sound again, */
    LOST          /* and never will */
};

static bool is_robust(const pthread_mutex_t *mutex)
{
    return mutex->__data.__kind & 16; /* glibc's PTHREAD_MUTEX_ROBUST_NORMAL_NP */
}

int hzx_lock_state(void *mutex, uintptr_t pc)
{
    struct hzx_object *object = hzx_object(mutex);
    if (!is_robust(mutex))
        return 0;
    switch (object->mode) {
    case NOT_ROBUST:
        object->mode = SOUND;
        return 0;
    case LEFT:
        object->mode = INCONSISTENT;
        return EOWNERDEAD;
    case LOST:
        hzx_unlock(mutex, HZX_UNLOCK, pc);
        return ENOTRECOVERABLE;
    default:
        return 0;
    }
}

/* Of those that are remembered: the most that a thread holds are. */
void hzx_leave_robust(void)
{
    struct hzx_thread *self = hzx.self;
    for (unsigned i = self->held_n < HZX_HELD ? self->held_n : HZX_HELD; i-- > 0;) {
        struct hzx_object *object = self->held[i].object;
        if (object->owner != (int)self->id || object->mode == NOT_ROBUST)
            continue;
        object->count = 1;
        hzx_unlock((void *)object->address, HZX_UNLOCK, self->held[i].pc);
        object->mode = LEFT;
    }
}

int pthread_mutex_consistent(pthread_mutex_t *mutex)
{
    if (!hzx.running)
        return HZX_REAL(pthread_mutex_consistent)(mutex);
    struct hzx_object *object = mutex_of(mutex, HZX_PC);
    if (!is_robust(mutex) || object->mode != INCONSISTENT || object->owner != (int)hzx.self->id)
        return EINVAL;
    object->mode = SOUND;
    return 0;
}

/* ---- pthread mutexes ---- */

__attribute__((used)) int hzx_mutex_lock(pthread_mutex_t *mutex)
{
    if (!hzx.running)
        return HZX_REAL(pthread_mutex_lock)(mutex);
    struct hzx_object *object = mutex_of(mutex, HZX_PC);
    int kind = kind_of(mutex);
    if (object->owner == (int)hzx.self->id && kind == PTHREAD_MUTEX_RECURSIVE_NP) {
        object->count++;
        struct hzx_op op = hzx_op_on(object, HZX_LOCK, HZX_PC);
        hzx_pass(&op);
        return 0;
    }
    if (object->owner == (int)hzx.self->id && kind == PTHREAD_MUTEX_ERRORCHECK_NP)
        return EDEADLK;
    hzx_lock(mutex, HZX_LOCK, HZX_PC);
    return hzx_lock_state(mutex, HZX_PC);
}
HZX_ENTRY("pthread_mutex_lock", "hzx_mutex_lock")

static int try(void *mutex, bool recursive, uintptr_t pc)
{
    struct hzx_object *object = mutex_of(mutex, pc);
    struct hzx_op op = hzx_op_on(object, HZX_TRYLOCK, pc);
    hzx_tried(object);
    hzx_spin_round(pc, object->address, 4, NULL);
    hzx_point(&op);
    if (object->owner < 0) {
        take(object, pc);
        hzx_spin_forget();
        return 0;
    }
    if (recursive && object->owner == (int)hzx.self->id) {
        object->count++;
        return 0;
    }
    hzx_spin_looked(pc, object->address, 4, hzx_value(object->address, 4), NULL);
    return EBUSY;
}

__attribute__((used)) int hzx_mutex_trylock(pthread_mutex_t *mutex)
{
    if (!hzx.running)
        return HZX_REAL(pthread_mutex_trylock)(mutex);
    int status = try(mutex, kind_of(mutex) == PTHREAD_MUTEX_RECURSIVE_NP, HZX_PC);
    return status != 0 ? status : hzx_lock_state(mutex, HZX_PC);
}
HZX_ENTRY("pthread_mutex_trylock", "hzx_mutex_trylock")

static int timed(pthread_mutex_t *mutex, const struct timespec *until, uintptr_t pc)
{
    struct hzx_object *object = mutex_of(mutex, pc);
    if (object->owner == (int)hzx.self->id && kind_of(mutex) == PTHREAD_MUTEX_RECURSIVE_NP) {
        object->count++;
        return 0;
    }
    hzx_tried(object);
    hzx_timer_on(until);
    hzx_lock(mutex, HZX_LOCK, pc);
    hzx_timer_off();
    hzx_spin_forget();
    return object->owner == (int)hzx.self->id ? hzx_lock_state(mutex, pc) : ETIMEDOUT;
}

int pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *until)
{
    if (!hzx.running)
        return HZX_REAL(pthread_mutex_timedlock)(mutex, until);
    return timed(mutex, until, HZX_PC);
}

int pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock, const struct timespec *until)
{
    if (!hzx.running)
        return HZX_REAL(pthread_mutex_clocklock)(mutex, clock, until);
    return timed(mutex, until, HZX_PC);
}

int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    if (!hzx.running)
        return HZX_REAL(pthread_mutex_unlock)(mutex);
    struct hzx_object *object = hzx_object(mutex);
    int kind = kind_of(mutex);
    if (object->owner != (int)hzx.self->id &&
        (kind == PTHREAD_MUTEX_ERRORCHECK_NP || kind == PTHREAD_MUTEX_RECURSIVE_NP ||
         is_robust(mutex)))
        return EPERM;
    bool lost = object->mode == INCONSISTENT && object->count == 1;
    int status = hzx_unlock(mutex, HZX_UNLOCK, HZX_PC);
    if (lost)
        object->mode = LOST;
    return status;
}

int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)
{
    int status = HZX_REAL(pthread_mutex_init)(mutex, attributes);
    if (hzx.running && status == 0) {
        struct hzx_object *object = hzx_object(mutex);
        if (object->owner >= 0)
            hzx_end(HZX_MISUSE, HZX_PC, "a mutex is initialised while it is held");
        hzx_object_renew(object);
    }
    return status;
}

int pthread_mutex_destroy(pthread_mutex_t *mutex)
{
    if (!hzx.running)
        return HZX_REAL(pthread_mutex_destroy)(mutex);
    struct hzx_object *object = mutex_of(mutex, HZX_PC);
    if (object->owner >= 0)
        hzx_end(HZX_MISUSE, HZX_PC, "a mutex is destroyed while it is held");
    hzx_destroy(object);
    return 0;
}

/* ---- spin locks ---- */

__attribute__((used)) int hzx_spinlock_lock(pthread_spinlock_t *lock)
{
    if (!hzx.running)
        return HZX_REAL(pthread_spin_lock)(lock);
    hzx_lock((void *)lock, HZX_LOCK, HZX_PC);
    return 0;
}
HZX_ENTRY("pthread_spin_lock", "hzx_spinlock_lock")

__attribute__((used)) int hzx_spinlock_trylock(pthread_spinlock_t *lock)
{
    return hzx.running ? try((void *)lock, false, HZX_PC) : HZX_REAL(pthread_spin_trylock)(lock);
}
HZX_ENTRY("pthread_spin_trylock", "hzx_spinlock_trylock")

int pthread_spin_unlock(pthread_spinlock_t *lock)
{
    return hzx.running ? hzx_unlock((void *)lock, HZX_UNLOCK, HZX_PC)
                       : HZX_REAL(pthread_spin_unlock)(lock);
}

int pthread_spin_init(pthread_spinlock_t *lock, int shared)
{
    if (hzx.running)
        hzx_object_renew(hzx_object((void *)lock));
    return HZX_REAL(pthread_spin_init)(lock, shared);
}

int pthread_spin_destroy(pthread_spinlock_t *lock)
{
    if (!hzx.running)
        return HZX_REAL(pthread_spin_destroy)(lock);
    struct hzx_object *object = mutex_of((void *)lock, HZX_PC);
    if (object->owner >= 0)
        hzx_end(HZX_MISUSE, HZX_PC, "a spin lock is destroyed while it is held");
    hzx_destroy(object);
    return 0;
}
