/*
 * The locks of the programs that use them wrongly, or rightly in a way that looks wrong,
 * and how such a program runs.
 */
#ifndef PRE_LOCKS_H
#define PRE_LOCKS_H

#include "pre-tell.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <threads.h>
#include <time.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t recursive = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static pthread_mutex_t robust, inherit, shared;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t spin;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static cnd_t c11_condition;
static mtx_t c11;
static sem_t semaphore;
static const struct timespec past = {1, 0};

static inline void in_thread(void *(*routine)(void *))
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, routine, NULL) != 0 || pthread_join(thread, NULL) != 0)
        abort();
}

static inline void in_child(void (*routine)(void))
{
    pid_t child = fork();
    if (child == 0) {
        routine();
        _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    if (status != 0)
        abort();
}

static volatile bool done;

/* A thread that makes one call, at a line that is told. */
#define CALLER(name, call)                                                                         \
    static void *name(void *unused)                                                                \
    {                                                                                              \
        tell("line", __LINE__);                                                                    \
        call;                                                                                      \
        return unused;                                                                             \
    }

/* Not signalled; and woken once it is `done`. */
static inline void *waits_with_first(void *unused)
{
    pthread_mutex_lock(&mutex);
    sem_post(&semaphore);
    while (!done)
        pthread_cond_wait(&condition, &mutex);
    pthread_mutex_unlock(&mutex);
    return unused;
}

static inline void make(pthread_mutex_t *lock, int robustness, int protocol, int sharing)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, robustness);
    pthread_mutexattr_setprotocol(&attributes, protocol);
    pthread_mutexattr_setpshared(&attributes, sharing);
    pthread_mutex_init(lock, &attributes);
}

struct state {
    const char *name;
    void (*run)(void);
};

/* Runs the one that is named. */
static inline int run(const struct state *states, size_t n, const char *name)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    make(&robust, PTHREAD_MUTEX_ROBUST, PTHREAD_PRIO_NONE, PTHREAD_PROCESS_PRIVATE);
    make(&inherit, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_INHERIT, PTHREAD_PROCESS_PRIVATE);
    make(&shared, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_NONE, PTHREAD_PROCESS_SHARED);
    pthread_spin_init(&spin, 0);
    sem_init(&semaphore, 0, 1);
    mtx_init(&c11, mtx_timed);
    cnd_init(&c11_condition);
    for (size_t i = 0; i < n; i++)
        if (strcmp(states[i].name, name) == 0) {
            states[i].run();
            tell("ran", 1);
        }
    stay();
    return 0;
}

#endif
