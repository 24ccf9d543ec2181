/*
 * Workers that take several of the same locks at once.
 *
 * Why it cannot deadlock: every lock has a rank, its index, and a thread waits without a
 * time-out for locks of a higher rank than all that it holds, and for nothing else. The
 * permits are as a lock of the lowest rank. What breaks the order is tried, or waited for
 * with a time-out, and given up. Spin locks have the highest ranks; a thread holds at most
 * one of them, as the last, and does nothing then that blocks.
 */
#include "program.h"

#include <errno.h>
#include <semaphore.h>
#include <stdlib.h>
#include <time.h>

#define MOST_LOCKS 12
#define MOST_HELD 4

enum sort { MUTEX, RWLOCK, SPIN };

struct lock {
    enum sort sort;
    enum soak_mutex kind; /* of a MUTEX */
    union {
        pthread_mutex_t mutex;
        pthread_rwlock_t rwlock;
        pthread_spinlock_t spin;
    };
    unsigned long changes; /* made under the lock: guarded by it */
};

struct ordered {
    unsigned n_locks, n_threads;
    struct lock locks[MOST_LOCKS];
    sem_t permits;
    unsigned n_permits;
    _Atomic unsigned inside;       /* threads that have a permit */
    _Atomic unsigned long changes; /* made under all of the locks together */
    struct worker *workers;
};

struct worker {
    pthread_t thread;
    struct ordered *group;
    struct soak_random random;
};

/* ---- one lock ------------------------------------------------------------------- */

static void init(struct lock *lock, struct soak_random *random, bool last)
{
    pthread_rwlockattr_t how;
    unsigned dice = soak_below(random, 10);
    lock->sort = last ? SPIN : dice < 7 ? MUTEX : RWLOCK;
    lock->kind = soak_below(random, SOAK_MUTEXES);
    switch (lock->sort) {
    case MUTEX:
        soak_mutex_init(&lock->mutex, lock->kind, false);
        break;
    case RWLOCK:
        pthread_rwlockattr_init(&how);
        if (dice == 9)
            pthread_rwlockattr_setkind_np(&how, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
        pthread_rwlock_init(&lock->rwlock, &how);
        pthread_rwlockattr_destroy(&how);
        break;
    case SPIN:
        pthread_spin_init(&lock->spin, PTHREAD_PROCESS_PRIVATE);
    }
}

static void destroy(struct lock *lock)
{
    int status = lock->sort == MUTEX    ? pthread_mutex_destroy(&lock->mutex)
                 : lock->sort == RWLOCK ? pthread_rwlock_destroy(&lock->rwlock)
                                        : pthread_spin_destroy(&lock->spin);
    soak_check(status == 0, "a lock could not be destroyed");
}

static void take(struct lock *lock, bool read)
{
    int status = lock->sort == MUTEX  ? pthread_mutex_lock(&lock->mutex)
                 : lock->sort == SPIN ? pthread_spin_lock(&lock->spin)
                 : read               ? pthread_rwlock_rdlock(&lock->rwlock)
                                      : pthread_rwlock_wrlock(&lock->rwlock);
    soak_check(status == 0, "a lock could not be taken");
}

static bool try(struct lock *lock, bool read)
{
    int status = lock->sort == MUTEX  ? pthread_mutex_trylock(&lock->mutex)
                 : lock->sort == SPIN ? pthread_spin_trylock(&lock->spin)
                 : read               ? pthread_rwlock_tryrdlock(&lock->rwlock)
                                      : pthread_rwlock_trywrlock(&lock->rwlock);
    soak_check(status == 0 || status == EBUSY, "a lock could not be tried");
    return status == 0;
}

/* A spin lock cannot be waited for with a time-out: it is tried. */
static bool take_timed(struct lock *lock, bool read, double seconds)
{
    struct timespec until = soak_in(seconds);
    if (lock->sort == SPIN)
        return try(lock, read);
    int status = lock->sort == MUTEX ? pthread_mutex_timedlock(&lock->mutex, &until)
                 : read              ? pthread_rwlock_timedrdlock(&lock->rwlock, &until)
                                     : pthread_rwlock_timedwrlock(&lock->rwlock, &until);
    soak_check(status == 0 || status == ETIMEDOUT, "a lock could not be waited for");
    return status == 0;
}

static void give(struct lock *lock)
{
    int status = lock->sort == MUTEX  ? pthread_mutex_unlock(&lock->mutex)
                 : lock->sort == SPIN ? pthread_spin_unlock(&lock->spin)
                                      : pthread_rwlock_unlock(&lock->rwlock);
    soak_check(status == 0, "a lock could not be given back");
}

/* ---- under some locks ----------------------------------------------------------- */

struct held {
    struct lock *locks[MOST_HELD + 1];
    bool read[MOST_HELD + 1];
    unsigned n;
};

static void give_all(struct held *held, struct soak_random *random)
{
    while (held->n > 0) {
        /* In any order: that is right as well. */
        unsigned i = soak_below(random, held->n);
        give(held->locks[i]);
        held->locks[i] = held->locks[--held->n];
    }
}

static bool holds_spin(const struct held *held)
{
    return held->n > 0 && held->locks[held->n - 1]->sort == SPIN;
}

static void change(struct ordered *group, struct held *held)
{
    for (unsigned i = 0; i < held->n; i++) {
        if (held->locks[i]->sort == RWLOCK && held->read[i])
            continue;
        held->locks[i]->changes++;
        group->changes++;
    }
}

/* A mutex of its own, made and destroyed: often in memory where another one was. */
static void on_the_heap(struct soak_random *random)
{
    pthread_mutex_t *own = malloc(sizeof *own);
    soak_mutex_init(own, soak_below(random, SOAK_MUTEXES), false);
    soak_check(pthread_mutex_lock(own) == 0, "an own lock could not be taken");
    soak_work(random);
    pthread_mutex_unlock(own);
    soak_check(pthread_mutex_destroy(own) == 0, "an own lock could not be destroyed");
    free(own);
}

/* What a thread may do with a mutex that it has, by the mutex's kind. */
static void take_again(struct lock *lock)
{
    if (lock->sort != MUTEX)
        return;
    if (lock->kind == SOAK_RECURSIVE) {
        soak_check(pthread_mutex_lock(&lock->mutex) == 0, "a recursive mutex was refused");
        pthread_mutex_unlock(&lock->mutex);
    } else if (lock->kind == SOAK_CHECKING) {
        soak_check(pthread_mutex_lock(&lock->mutex) == EDEADLK, "taken twice, and not told");
    } else {
        soak_check(pthread_mutex_trylock(&lock->mutex) == EBUSY, "taken twice by trying");
    }
}

static void *takes_one(void *lock)
{
    take(lock, false);
    ((struct lock *)lock)->changes++;
    give(lock);
    return NULL;
}

/* A thread that takes a lock of a higher rank than its creator, which waits for it, has. */
static void have_it_done(struct ordered *group, const struct held *held, struct soak_random *random)
{
    unsigned above = (unsigned)(held->locks[held->n - 1] - group->locks) + 1;
    if (above >= group->n_locks)
        return;
    struct lock *lock = &group->locks[above + soak_below(random, group->n_locks - above)];
    pthread_join(soak_thread(takes_one, lock), NULL);
    group->changes++;
}

/*
 * The lowest lock that is not held, though higher ones are: with a way out. To wait for a
 * priority-inheriting one is none: the kernel refuses whoever would close the cycle, be it
 * for a while only, and glibc lets that thread hang for ever.
 */
static void against_the_order(struct ordered *group, struct held *held, struct soak_random *random)
{
    struct lock *lowest = &group->locks[0];
    if (held->locks[0] == lowest || lowest->sort == SPIN)
        return;
    bool inherits = lowest->sort == MUTEX && lowest->kind == SOAK_INHERITING;
    bool got =
        inherits || soak_chance(random, 50) ? try(lowest, false) : take_timed(lowest, false, 0.005);
    if (!got)
        return;
    lowest->changes++;
    group->changes++;
    give(lowest);
}

static void use(struct ordered *group, struct held *held, struct soak_random *random)
{
    change(group, held);
    if (holds_spin(held)) {
        soak_work(random);
        return;
    }
    switch (soak_below(random, 12)) {
    case 0:
        on_the_heap(random);
        break;
    case 1:
        have_it_done(group, held, random);
        break;
    case 2:
    case 3:
        against_the_order(group, held, random);
        break;
    case 4:
        take_again(held->locks[soak_below(random, held->n)]);
        break;
    case 5:
        soak_pause(random);
        break;
    default:
        soak_work(random);
    }
}

/* Takes the lock in one of the ways; false if it was not to be had in this one. */
static bool get(struct lock *lock, bool read, struct soak_random *random)
{
    unsigned dice = soak_below(random, 10);
    if (dice == 0)
        return try(lock, read);
    if (dice == 1)
        return take_timed(lock, read, 0.02);
    take(lock, read);
    return true;
}

/* Some locks in the order of their ranks. False, with none held, if one was not to be had. */
static bool take_some(struct ordered *group, struct held *held, struct soak_random *random)
{
    unsigned wanted = 1 + soak_below(random, MOST_HELD);
    for (unsigned i = soak_below(random, 3); i < group->n_locks && held->n < wanted;
         i += 1 + soak_below(random, 4)) {
        bool read = soak_chance(random, 70);
        if (!get(&group->locks[i], read, random)) {
            give_all(held, random);
            return false;
        }
        held->locks[held->n] = &group->locks[i];
        held->read[held->n++] = read;
    }
    return held->n > 0;
}

static bool enter(struct ordered *group, struct soak_random *random)
{
    struct timespec until = soak_in(0.01);
    unsigned dice = soak_below(random, 5);
    int status = dice == 0   ? sem_trywait(&group->permits)
                 : dice == 1 ? sem_timedwait(&group->permits, &until)
                             : sem_wait(&group->permits);
    if (status != 0)
        return false;
    soak_check(++group->inside <= group->n_permits, "more are inside than have permits");
    return true;
}

static void leave(struct ordered *group)
{
    group->inside--;
    sem_post(&group->permits);
}

static void *works(void *argument)
{
    struct worker *worker = argument;
    struct ordered *group = worker->group;
    struct soak_random *random = &worker->random;
    while (!soak_over()) {
        bool permit = soak_chance(random, 20);
        struct held held = {.n = 0};
        if (permit && !enter(group, random))
            continue;
        if (take_some(group, &held, random)) {
            use(group, &held, random);
            give_all(&held, random);
        }
        if (permit)
            leave(group);
        soak_pause(random);
    }
    return NULL;
}

/* ---- the group ------------------------------------------------------------------ */

static void *begin(struct soak_random *random, unsigned threads)
{
    struct ordered *group = calloc(1, sizeof *group);
    unsigned spins = soak_below(random, 2);
    group->n_locks = 3 + soak_below(random, MOST_LOCKS - 2);
    for (unsigned i = 0; i < group->n_locks; i++)
        init(&group->locks[i], random, i >= group->n_locks - spins);
    group->n_permits = 1 + soak_below(random, threads);
    sem_init(&group->permits, 0, group->n_permits);
    group->n_threads = threads;
    group->workers = calloc(threads, sizeof *group->workers);
    for (unsigned i = 0; i < threads; i++) {
        struct worker *worker = &group->workers[i];
        worker->group = group;
        worker->random.state = soak_next(random);
        worker->thread = soak_thread(works, worker);
    }
    return group;
}

static void end(void *state)
{
    struct ordered *group = state;
    unsigned long changes = 0;
    for (unsigned i = 0; i < group->n_threads; i++)
        pthread_join(group->workers[i].thread, NULL);
    for (unsigned i = 0; i < group->n_locks; i++) {
        changes += group->locks[i].changes;
        destroy(&group->locks[i]);
    }
    soak_check(changes == group->changes, "a change under a lock was lost");
    sem_destroy(&group->permits);
    free(group->workers);
    free(group);
}

const struct soak_group soak_ordered = {"ordered", 1, begin, end};
