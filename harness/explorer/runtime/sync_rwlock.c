/*
 * Read-write locks. The object at the lock's address holds the writer and what writers
 * release; the one a byte further holds what readers release: a reader learns nothing
 * from another reader.
 */
#include "explorer/runtime/sync.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

static struct hzx_object *lock_of(pthread_rwlock_t *lock, uintptr_t pc)
{
    return hzx_used(lock, "a read-write lock is used that was destroyed", pc);
}

static struct hzx_object *readers_of(pthread_rwlock_t *lock)
{
    return hzx_object((char *)lock + 1);
}

static bool writer_first(const struct hzx_object *object)
{
    const pthread_rwlock_t *lock = (const pthread_rwlock_t *)object->address;
    return lock->__data.__flags == PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP;
}

/* `waiters`: writers that others let go first; only of locks where they do. */
static bool readable(const struct hzx_object *object)
{
    return object->owner < 0 && object->waiters == 0;
}

static bool writable(const struct hzx_object *object)
{
    return object->owner < 0 && object->count == 0;
}

static bool may_read(const struct hzx_thread *thread)
{
    return thread->timed_out || readable(thread->pending.object);
}

static bool may_write(const struct hzx_thread *thread)
{
    return thread->timed_out || writable(thread->pending.object);
}

/* The thread that runs. */
static bool reads(const struct hzx_object *object)
{
    unsigned self = hzx.self->id;
    return object->readers[self / 64] >> (self % 64) & 1;
}

static void take_read(struct hzx_object *object, uintptr_t pc)
{
    unsigned self = hzx.self->id;
    object->count++;
    object->readers[self / 64] |= (uint64_t)1 << (self % 64);
    hzx_acquire(object);
    hzx_hold(object, pc);
    hzx_altered(object);
}

static void take_write(pthread_rwlock_t *lock, struct hzx_object *object, uintptr_t pc)
{
    object->owner = (int)hzx.self->id;
    hzx_acquire(object);
    hzx_acquire(readers_of(lock));
    hzx_hold(object, pc);
    hzx_altered(object);
}

static int read_lock(pthread_rwlock_t *lock, const struct timespec *until, uintptr_t pc)
{
    struct hzx_object *object = lock_of(lock, pc);
    if (hzx_no_time(until))
        return EINVAL;
    if (object->owner == (int)hzx.self->id)
        return EDEADLK;
    struct hzx_op op = hzx_op_on(object, HZX_RDLOCK, pc);
    op.write = false; /* readers do not mind each other */
    if (reads(object) && !writer_first(object)) { /* nobody can keep it from that */
        hzx_pass(&op);
        take_read(object, pc);
        return 0;
    }
    op.ready = may_read;
    if (until != NULL)
        hzx_timer_on(until);
    hzx_point(&op);
    if (until != NULL && hzx_timer_off() && !readable(object))
        return ETIMEDOUT;
    take_read(object, pc);
    return 0;
}

static int write_in_turn(pthread_rwlock_t *lock, const struct timespec *until, uintptr_t pc)
{
    struct hzx_object *object = lock_of(lock, pc);
    struct hzx_op op = hzx_op_on(object, HZX_WRLOCK, pc);
    op.ready = may_write;
    if (until != NULL)
        hzx_timer_on(until);
    hzx_point(&op);
    if (until != NULL && hzx_timer_off() && !writable(object))
        return ETIMEDOUT;
    take_write(lock, object, pc);
    return 0;
}

static int try(pthread_rwlock_t *lock, bool write, uintptr_t pc)
{
    struct hzx_object *object = lock_of(lock, pc);
    struct hzx_op op = hzx_op_on(object, HZX_TRYLOCK, pc);
    hzx_tried(object);
    hzx_point(&op);
    if (write ? !writable(object) : !readable(object))
        return EBUSY;
    if (write)
        take_write(lock, object, pc);
    else
        take_read(object, pc);
    return 0;
}

/*
 * Where a writer comes first it is an operation of its own to begin to wait: readers that came
 * before it went on, and those that come later do not. It takes the lock at once if that is free.
 */
static int write_first(pthread_rwlock_t *lock, const struct timespec *until, uintptr_t pc)
{
    struct hzx_object *object = lock_of(lock, pc);
    int status = try(lock, true, pc);
    if (status == 0)
        return 0;
    object->waiters++;
    hzx_changed(object);
    status = write_in_turn(lock, until, pc);
    object->waiters--;
    hzx_changed(object);
    return status;
}

static int write_lock(pthread_rwlock_t *lock, const struct timespec *until, uintptr_t pc)
{
    struct hzx_object *object = lock_of(lock, pc);
    if (hzx_no_time(until))
        return EINVAL;
    if (object->owner == (int)hzx.self->id)
        return EDEADLK;
    return (writer_first(object) ? write_first : write_in_turn)(lock, until, pc);
}

int pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
    return hzx.running ? read_lock(lock, NULL, HZX_PC) : HZX_REAL(pthread_rwlock_rdlock)(lock);
}

int pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
    return hzx.running ? write_lock(lock, NULL, HZX_PC) : HZX_REAL(pthread_rwlock_wrlock)(lock);
}

int pthread_rwlock_timedrdlock(pthread_rwlock_t *lock, const struct timespec *until)
{
    return hzx.running ? read_lock(lock, until, HZX_PC)
                       : HZX_REAL(pthread_rwlock_timedrdlock)(lock, until);
}

int pthread_rwlock_timedwrlock(pthread_rwlock_t *lock, const struct timespec *until)
{
    return hzx.running ? write_lock(lock, until, HZX_PC)
                       : HZX_REAL(pthread_rwlock_timedwrlock)(lock, until);
}

int pthread_rwlock_clockrdlock(pthread_rwlock_t *lock, clockid_t clock,
                               const struct timespec *until)
{
    return hzx.running ? read_lock(lock, until, HZX_PC)
                       : HZX_REAL(pthread_rwlock_clockrdlock)(lock, clock, until);
}

int pthread_rwlock_clockwrlock(pthread_rwlock_t *lock, clockid_t clock,
                               const struct timespec *until)
{
    return hzx.running ? write_lock(lock, until, HZX_PC)
                       : HZX_REAL(pthread_rwlock_clockwrlock)(lock, clock, until);
}

int pthread_rwlock_tryrdlock(pthread_rwlock_t *lock)
{
    return hzx.running ? try(lock, false, HZX_PC) : HZX_REAL(pthread_rwlock_tryrdlock)(lock);
}

int pthread_rwlock_trywrlock(pthread_rwlock_t *lock)
{
    return hzx.running ? try(lock, true, HZX_PC) : HZX_REAL(pthread_rwlock_trywrlock)(lock);
}

int pthread_rwlock_unlock(pthread_rwlock_t *lock)
{
    if (!hzx.running)
        return HZX_REAL(pthread_rwlock_unlock)(lock);
    struct hzx_object *object = lock_of(lock, HZX_PC);
    struct hzx_op op = hzx_op_on(object, HZX_RWUNLOCK, HZX_PC);
    unsigned self = hzx.self->id;
    bool writes = object->owner == (int)self;
    op.write = writes;
    if (!writes && !reads(object))
        hzx_end(HZX_MISUSE, HZX_PC, "unlock of a read-write lock that the thread does not hold");
    if (object->tried || hzx.every_access)
        hzx_point(&op);
    else
        hzx_pass(&op);
    hzx_let_go(object);
    if (writes) {
        object->owner = -1;
        hzx_release(object);
    } else {
        object->count--;
        bool still = false; /* read twice */
        for (unsigned i = 0; i < hzx.self->held_n && i < HZX_HELD; i++)
            still = still || hzx.self->held[i].object == object;
        if (!still)
            object->readers[self / 64] &= ~((uint64_t)1 << (self % 64));
        hzx_release(readers_of(lock));
    }
    hzx_altered(object);
    return 0;
}

int pthread_rwlock_init(pthread_rwlock_t *lock, const pthread_rwlockattr_t *attributes)
{
    int status = HZX_REAL(pthread_rwlock_init)(lock, attributes);
    if (hzx.running && status == 0) {
        hzx_object_renew(hzx_object(lock));
        hzx_object_renew(readers_of(lock));
    }
    return status;
}

int pthread_rwlock_destroy(pthread_rwlock_t *lock)
{
    if (!hzx.running)
        return HZX_REAL(pthread_rwlock_destroy)(lock);
    struct hzx_object *object = lock_of(lock, HZX_PC);
    if (object->owner >= 0 || object->count > 0)
        hzx_end(HZX_MISUSE, HZX_PC, "a read-write lock is destroyed while it is held");
    hzx_destroy(object);
    return 0;
}
