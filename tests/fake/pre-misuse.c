/*
 * Uses locks wrongly, in the way that its argument names. Tells the object, the line of
 * the call ("line"), and what else the record has ("other").
 */
#include "pre-locks.h"

/* ---- wrong: unlock -------------------------------------------------------------- */

/* clang-format off */
CALLER(unlocks_mutex, pthread_mutex_unlock(&mutex))
CALLER(unlocks_recursive, pthread_mutex_unlock(&recursive))
CALLER(unlocks_robust, pthread_mutex_unlock(&robust))
CALLER(unlocks_inherit, pthread_mutex_unlock(&inherit))
CALLER(unlocks_shared, pthread_mutex_unlock(&shared))
CALLER(unlocks_rwlock, pthread_rwlock_unlock(&rwlock))
CALLER(unlocks_c11, mtx_unlock(&c11))
/* clang-format on */

static void taken(pthread_mutex_t *lock, void *(*routine)(void *))
{
    TELL_ADDRESS("object", lock);
    tell("other", (unsigned long)gettid());
    pthread_mutex_lock(lock);
    in_thread(routine);
}

static void stranger(void)
{
    taken(&mutex, unlocks_mutex);
}

static void stranger_recursive(void)
{
    taken(&recursive, unlocks_recursive);
}

static void stranger_robust(void)
{
    taken(&robust, unlocks_robust);
}

static void stranger_inherit(void)
{
    taken(&inherit, unlocks_inherit);
}

static void *waits_for_inherit(void *unused)
{
    pthread_mutex_lock(&inherit);
    return unused;
}

/* The lock word says then that somebody waits, besides who owns it. */
static void stranger_awaited(void)
{
    pthread_t waiter;
    TELL_ADDRESS("object", &inherit);
    tell("other", (unsigned long)gettid());
    pthread_mutex_lock(&inherit);
    pthread_create(&waiter, NULL, waits_for_inherit, NULL);
    while (__atomic_load_n(&inherit.__data.__lock, __ATOMIC_RELAXED) >= 0)
        usleep(1000);
    in_thread(unlocks_inherit);
}

static void stranger_shared(void)
{
    taken(&shared, unlocks_shared);
}

static void stranger_c11(void)
{
    TELL_ADDRESS("object", &c11);
    tell("other", (unsigned long)gettid());
    mtx_lock(&c11);
    in_thread(unlocks_c11);
}

static void stranger_rwlock(void)
{
    TELL_ADDRESS("object", &rwlock);
    tell("other", (unsigned long)gettid());
    pthread_rwlock_wrlock(&rwlock);
    in_thread(unlocks_rwlock);
}

static void *unlocks_often(void *unused)
{
    tell("line", __LINE__ + 2);
    for (int i = 0; i < 100; i++)
        pthread_mutex_unlock(&recursive);
    return unused;
}

/* The mutex stays taken; a hundred wrong calls at one place are one. */
static void often(void)
{
    taken(&recursive, unlocks_often);
}

static void unlock_free(void)
{
    TELL_ADDRESS("object", &mutex);
    tell("other", 0);
    unlocks_mutex(NULL);
}

static void unlock_free_robust(void)
{
    TELL_ADDRESS("object", &robust);
    tell("other", 0);
    unlocks_robust(NULL);
}

static void unlock_free_rwlock(void)
{
    TELL_ADDRESS("object", &rwlock);
    tell("other", 0);
    unlocks_rwlock(NULL);
}

/* ---- wrong: the end of a thread ------------------------------------------------- */

/* clang-format off */
CALLER(keeps_mutex, pthread_mutex_lock(&mutex))
CALLER(keeps_reading, pthread_rwlock_rdlock(&rwlock))
CALLER(keeps_writing, pthread_rwlock_wrlock(&rwlock))
CALLER(keeps_spin, pthread_spin_lock(&spin))
/* clang-format on */

static void leave_with(void *lock, void *(*routine)(void *))
{
    TELL_ADDRESS("object", lock);
    tell("other", 0);
    in_thread(routine);
}

static void leave_mutex(void)
{
    leave_with(&mutex, keeps_mutex);
}

static void leave_reading(void)
{
    leave_with(&rwlock, keeps_reading);
}

static void leave_writing(void)
{
    leave_with(&rwlock, keeps_writing);
}

static void leave_spin(void)
{
    leave_with((void *)&spin, keeps_spin);
}

/* ---- wrong: destroyed, initialised, freed --------------------------------------- */

static void destroy(void)
{
    TELL_ADDRESS("object", &mutex);
    pthread_mutex_lock(&mutex);
    tell("other", (unsigned long)gettid());
    TELL_LINE("line");
    pthread_mutex_destroy(&mutex);
}

static void *destroys(void *unused)
{
    TELL_LINE("line");
    pthread_mutex_destroy(&mutex);
    return unused;
}

static void destroy_other(void)
{
    taken(&mutex, destroys);
}

static void destroy_rwlock(void)
{
    TELL_ADDRESS("object", &rwlock);
    tell("other", (unsigned long)gettid());
    pthread_rwlock_rdlock(&rwlock);
    TELL_LINE("line");
    pthread_rwlock_destroy(&rwlock);
}

static void initialise(void)
{
    TELL_ADDRESS("object", &mutex);
    tell("other", (unsigned long)gettid());
    pthread_mutex_lock(&mutex);
    TELL_LINE("line");
    pthread_mutex_init(&mutex, NULL);
}

static void initialise_spin(void)
{
    TELL_ADDRESS("object", &spin);
    tell("other", (unsigned long)gettid());
    pthread_spin_lock(&spin);
    TELL_LINE("line");
    pthread_spin_init(&spin, 0);
}

static void give_back(void)
{
    pthread_mutex_t *heap = calloc(3, sizeof *heap);
    TELL_ADDRESS("object", &heap[2]);
    pthread_mutex_lock(&heap[2]);
    TELL_LINE("line");
    free(heap);
}

/* ---- wrong: conditions ---------------------------------------------------------- */

static void wait_free(void)
{
    TELL_ADDRESS("object", &condition);
    TELL_ADDRESS("other", &mutex);
    TELL_LINE("line");
    pthread_cond_timedwait(&condition, &mutex, &past);
}

static void *waits(void *unused)
{
    TELL_LINE("line");
    pthread_cond_timedwait(&condition, &recursive, &past);
    return unused;
}

static void wait_others(void)
{
    taken(&recursive, waits);
    TELL_ADDRESS("object", &condition);
    TELL_ADDRESS("other", &recursive);
}

static void two_mutexes(void)
{
    pthread_t thread;
    sem_wait(&semaphore);
    pthread_create(&thread, NULL, waits_with_first, NULL);
    sem_wait(&semaphore);
    pthread_mutex_lock(&mutex); /* it waits now */
    pthread_mutex_unlock(&mutex);
    TELL_ADDRESS("object", &condition);
    TELL_ADDRESS("other", &second);
    pthread_mutex_lock(&second);
    TELL_LINE("line");
    pthread_cond_timedwait(&condition, &second, &past);
}

static const struct state states[] = {
    {"stranger", stranger},
    {"stranger-recursive", stranger_recursive},
    {"stranger-robust", stranger_robust},
    {"stranger-inherit", stranger_inherit},
    {"stranger-awaited", stranger_awaited},
    {"stranger-shared", stranger_shared},
    {"stranger-c11", stranger_c11},
    {"stranger-rwlock", stranger_rwlock},
    {"often", often},
    {"free", unlock_free},
    {"free-robust", unlock_free_robust},
    {"free-rwlock", unlock_free_rwlock},
    {"leave-mutex", leave_mutex},
    {"leave-reading", leave_reading},
    {"leave-writing", leave_writing},
    {"leave-spin", leave_spin},
    {"destroy", destroy},
    {"destroy-other", destroy_other},
    {"destroy-rwlock", destroy_rwlock},
    {"init", initialise},
    {"init-spin", initialise_spin},
    {"give-back", give_back},
    {"wait-free", wait_free},
    {"wait-others", wait_others},
    {"two-mutexes", two_mutexes},
};

int main(int argc, char **argv)
{
    return run(states, sizeof states / sizeof *states, argc > 1 ? argv[1] : "");
}
