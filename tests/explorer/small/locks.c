/*
 * Locks of the rarer kinds: the first argument names what is done with them. What is `wrong` goes
 * wrong in some order, all else in none.
 */
#define _GNU_SOURCE
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

static pthread_mutex_t mutex;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t read_first = PTHREAD_RWLOCK_INITIALIZER,
                        write_first = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
static sem_t early, *named;
static pthread_barrier_t barrier;
static int data;

__attribute__((constructor)) static void before_main(void)
{
    sem_init(&early, 0, 2);
    pthread_barrier_init(&barrier, NULL, 2);
}

static void make_robust(void)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&mutex, &attributes);
}

/* ---- robust mutexes ---- */

static void *takes_it_away(void *unused)
{
    pthread_mutex_lock(&mutex);
    data = 1;
    return unused;
}

static void *puts_right(void *unused)
{
    int status = pthread_mutex_lock(&mutex);
    assert(status == 0 || status == EOWNERDEAD);
    if (status == EOWNERDEAD) {
        assert(data == 1 && pthread_mutex_consistent(&mutex) == 0);
        assert(pthread_mutex_consistent(&mutex) == EINVAL);
        data = 2;
    }
    assert(pthread_mutex_unlock(&mutex) == 0 && pthread_mutex_unlock(&mutex) == EPERM);
    return unused;
}

static void *looks_only(void *unused)
{
    int status = pthread_mutex_trylock(&mutex);
    if (status == 0 || status == EOWNERDEAD)
        pthread_mutex_unlock(&mutex);
    return unused;
}

static void after_looking(void)
{
    int status = pthread_mutex_lock(&mutex);
    assert(status == EOWNERDEAD || status == ENOTRECOVERABLE);
    assert(pthread_mutex_unlock(&mutex) == (status == EOWNERDEAD ? 0 : EPERM));
    assert(pthread_mutex_lock(&mutex) == ENOTRECOVERABLE);
}

static void *waits_for_data(void *unused)
{
    int status = pthread_mutex_lock(&mutex);
    while (status == 0 && data == 0)
        status = pthread_cond_wait(&cond, &mutex);
    if (status == EOWNERDEAD)
        pthread_mutex_consistent(&mutex);
    assert(data == 1);
    pthread_mutex_unlock(&mutex);
    return unused;
}

static void *tells_and_leaves(void *unused)
{
    pthread_mutex_lock(&mutex);
    data = 1;
    pthread_cond_signal(&cond);
    return unused;
}

/* ---- read-write locks: a writer that waits, and who reads twice ---- */

static pthread_rwlock_t *lock;

static void *writes(void *unused)
{
    pthread_rwlock_wrlock(lock);
    data++;
    pthread_rwlock_unlock(lock);
    return unused;
}

static void reads_twice(void)
{
    pthread_rwlock_rdlock(lock);
    pthread_rwlock_rdlock(lock);
    pthread_rwlock_unlock(lock);
    pthread_rwlock_unlock(lock);
}

static void reads_and_tries(void)
{
    pthread_rwlock_rdlock(lock);
    if (pthread_rwlock_tryrdlock(lock) == 0)
        pthread_rwlock_unlock(lock);
    pthread_rwlock_unlock(lock);
}

static void *writes_in_time(void *unused)
{
    struct timespec until = {.tv_sec = 2};
    int status = pthread_rwlock_clockwrlock(lock, CLOCK_MONOTONIC, &until);
    assert(status == 0 || status == ETIMEDOUT);
    if (status == 0) {
        data++;
        pthread_rwlock_unlock(lock);
    }
    return unused;
}

static void reads_in_time(void)
{
    struct timespec until = {.tv_sec = 2};
    int status = pthread_rwlock_clockrdlock(lock, CLOCK_MONOTONIC, &until);
    assert(status == 0 || status == ETIMEDOUT);
    if (status == 0) {
        assert(data == 0 || data == 1);
        pthread_rwlock_unlock(lock);
    }
}

/* ---- a loop that waits with a lock held, that the other needs or not ---- */

static atomic_bool flag;
static pthread_mutex_t needed = PTHREAD_MUTEX_INITIALIZER, unneeded = PTHREAD_MUTEX_INITIALIZER;

static void *sets_flag(void *unused)
{
    pthread_mutex_lock(&needed);
    flag = true;
    pthread_mutex_unlock(&needed);
    return unused;
}

static void waits_holding(pthread_mutex_t *held)
{
    pthread_mutex_lock(held);
    while (!flag)
        sched_yield();
    pthread_mutex_unlock(held);
}

/* ---- what others have made ---- */

static void *posts(void *unused)
{
    data = 1;
    sem_post(named);
    return unused;
}

static void *meets(void *unused)
{
    data = 1;
    pthread_barrier_wait(&barrier);
    return unused;
}

static void no_time(void)
{
    struct timespec none = {.tv_nsec = 1000000000}, before = {.tv_sec = -1};
    pthread_mutex_t own = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&own);
    assert(pthread_cond_timedwait(&cond, &own, &none) == EINVAL);
    assert(pthread_cond_timedwait(&cond, &own, &before) == ETIMEDOUT);
    pthread_mutex_unlock(&own);
    assert(pthread_rwlock_timedrdlock(&read_first, &none) == EINVAL);
    assert(pthread_rwlock_timedwrlock(&read_first, &none) == EINVAL);
    assert(sem_timedwait(&early, &none) == -1 && errno == EINVAL);
}

static void open_semaphore(void)
{
    sem_unlink("/hazmat-locks");
    named = sem_open("/hazmat-locks", O_CREAT | O_EXCL, 0600, 1);
    sem_unlink("/hazmat-locks");
    assert(named != SEM_FAILED && sem_wait(named) == 0 && sem_trywait(named) == -1);
}

/* ---- */

static pthread_t begin(void *(*other)(void *))
{
    pthread_t thread;
    pthread_create(&thread, NULL, other, NULL);
    return thread;
}

static void robust(const char *name)
{
    make_robust();
    if (strcmp(name, "robust") == 0) {
        pthread_t one = begin(takes_it_away), two = begin(puts_right);
        pthread_join(one, NULL);
        pthread_join(two, NULL);
        puts_right(NULL);
        assert(data == 2);
    } else if (strcmp(name, "robust-lost") == 0) {
        pthread_t one = begin(takes_it_away);
        pthread_t two = begin(looks_only);
        pthread_join(one, NULL);
        pthread_join(two, NULL);
        after_looking();
    } else if (strcmp(name, "robust-wait") == 0) {
        pthread_t one = begin(waits_for_data);
        pthread_join(begin(tells_and_leaves), NULL);
        pthread_join(one, NULL);
    } else { /* robust-wrong: nobody says that the last one ended */
        pthread_t one = begin(takes_it_away);
        assert(pthread_mutex_lock(&mutex) == 0);
        pthread_mutex_unlock(&mutex);
        pthread_join(one, NULL);
    }
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    lock = strncmp(name, "writer", 6) == 0 ? &write_first : &read_first;
    if (strncmp(name, "robust", 6) == 0) {
        robust(name);
    } else if (strcmp(name, "timed") == 0) {
        pthread_t one = begin(writes_in_time);
        reads_in_time();
        pthread_join(one, NULL);
    } else if (strcmp(name, "reader") == 0 || strcmp(name, "writer-wrong") == 0) {
        pthread_t one = begin(writes);
        reads_twice();
        pthread_join(one, NULL);
    } else if (strcmp(name, "reader-tries") == 0 || strcmp(name, "writer-tried") == 0) {
        pthread_t one = begin(writes);
        reads_and_tries();
        pthread_join(one, NULL);
    } else if (strncmp(name, "loop", 4) == 0) {
        pthread_t one = begin(sets_flag);
        waits_holding(strcmp(name, "loop-wrong") == 0 ? &needed : &unneeded);
        pthread_join(one, NULL);
    } else if (strcmp(name, "named") == 0) {
        open_semaphore();
        pthread_t one = begin(posts);
        sem_wait(named);
        assert(data == 1 && sem_close(named) == 0);
        pthread_join(one, NULL);
    } else if (strcmp(name, "early") == 0) {
        assert(sem_wait(&early) == 0 && sem_wait(&early) == 0 && sem_trywait(&early) == -1);
        pthread_t one = begin(meets);
        pthread_barrier_wait(&barrier);
        assert(data == 1);
        pthread_join(one, NULL);
    } else {
        no_time();
    }
    return 0;
}
