/*
 * Brings itself into one state, named by its argument, tells where in the program and
 * in memory that is, and stays there until a line comes on standard input; some then go
 * on to a second state.
 */
#include "pre-tell.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t recursive = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_rwlock_t second = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t spin;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static sem_t semaphore, started;
static mtx_t c11;
static cnd_t c11_condition;
static thrd_t c11_thread;
static pthread_t sleeper;
static pthread_key_t key;
static bool done;

static struct timespec later(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    time.tv_sec += 1000;
    return time;
}

/* ---- what is held --------------------------------------------------------------- */

static void held(void)
{
    TELL_LINE("mutex.line");
    pthread_mutex_lock(&mutex);
    TELL_LINE("recursive.line");
    pthread_mutex_lock(&recursive);
    pthread_mutex_lock(&recursive);
    pthread_rwlock_rdlock(&rwlock);
    pthread_rwlock_rdlock(&rwlock);
    pthread_rwlock_wrlock(&second);
    pthread_spin_lock(&spin);
    mtx_lock(&c11);
    sem_wait(&semaphore);
    TELL_ADDRESS("recursive", &recursive);
    TELL_ADDRESS("rwlock", &rwlock);
    TELL_ADDRESS("second", &second);
    TELL_ADDRESS("spin", &spin);
    TELL_ADDRESS("c11", &c11);
    TELL_ADDRESS("semaphore", &semaphore);
    stay();
    pthread_mutex_unlock(&mutex);
    pthread_mutex_unlock(&recursive);
    pthread_rwlock_unlock(&rwlock);
    pthread_rwlock_unlock(&second);
    pthread_spin_unlock(&spin);
    mtx_unlock(&c11);
    sem_post(&semaphore);
    sem_post(&semaphore);
}

static void many(void)
{
    static pthread_mutex_t all[40];
    for (int i = 0; i < 40; i++)
        pthread_mutex_lock(&all[i]);
    stay();
    for (int i = 0; i < 40; i++)
        pthread_mutex_unlock(&all[i]);
}

static void objects(void)
{
    static pthread_mutex_t all[300];
    for (int i = 0; i < 1000; i++) {
        pthread_mutex_lock(&mutex);
        pthread_mutex_unlock(&mutex);
    }
    for (int i = 0; i < 300; i++) {
        pthread_mutex_lock(&all[i]);
        pthread_mutex_unlock(&all[i]);
    }
}

/* ---- waits ---------------------------------------------------------------------- */

static void *sleeps(void *unused)
{
    sem_post(&started);
    for (;;)
        pause();
    return unused;
}

static int sleeps_c11(void *unused)
{
    (void)unused;
    sem_post(&started);
    for (;;)
        pause();
    return 0;
}

/* One line a call: told before, so that the test can compare. */
#define WAIT(name, object, call)                                                                   \
    if (strcmp(kind, name) == 0) {                                                                 \
        TELL_ADDRESS("object", object);                                                            \
        tell("line", __LINE__);                                                                    \
        tell("tid", gettid());                                                                     \
        ready();                                                                                   \
        call;                                                                                      \
    }

static void *waits(void *argument)
{
    const char *kind = argument;
    struct timespec real = later(CLOCK_REALTIME), steady = later(CLOCK_MONOTONIC);
    WAIT("lock", &mutex, pthread_mutex_lock(&mutex));
    WAIT("timedlock", &mutex, pthread_mutex_timedlock(&mutex, &real));
    WAIT("clocklock", &mutex, pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &steady));
    WAIT("rdlock", &rwlock, pthread_rwlock_rdlock(&rwlock));
    WAIT("timedrdlock", &rwlock, pthread_rwlock_timedrdlock(&rwlock, &real));
    WAIT("clockrdlock", &rwlock, pthread_rwlock_clockrdlock(&rwlock, CLOCK_MONOTONIC, &steady));
    WAIT("wrlock", &rwlock, pthread_rwlock_wrlock(&rwlock));
    WAIT("timedwrlock", &rwlock, pthread_rwlock_timedwrlock(&rwlock, &real));
    WAIT("clockwrlock", &rwlock, pthread_rwlock_clockwrlock(&rwlock, CLOCK_MONOTONIC, &steady));
    WAIT("spin", &spin, pthread_spin_lock(&spin));
    WAIT("sem", &semaphore, sem_wait(&semaphore));
    WAIT("timedsem", &semaphore, sem_timedwait(&semaphore, &real));
    WAIT("clocksem", &semaphore, sem_clockwait(&semaphore, CLOCK_MONOTONIC, &steady));
    WAIT("mtx", &c11, mtx_lock(&c11));
    WAIT("timedmtx", &c11, mtx_timedlock(&c11, &real));
    WAIT("barrier", &barrier, pthread_barrier_wait(&barrier));
    WAIT("join", sleeper, pthread_join(sleeper, NULL));
    WAIT("timedjoin", sleeper, pthread_timedjoin_np(sleeper, NULL, &real));
    WAIT("clockjoin", sleeper, pthread_clockjoin_np(sleeper, NULL, CLOCK_MONOTONIC, &steady));
    WAIT("thrd_join", c11_thread, thrd_join(c11_thread, NULL));
    if (strstr(kind, "cond") != NULL)
        pthread_mutex_lock(&mutex);
    if (strstr(kind, "cnd") != NULL)
        mtx_lock(&c11);
    WAIT("cond", &condition, pthread_cond_wait(&condition, &mutex));
    WAIT("timedcond", &condition, pthread_cond_timedwait(&condition, &mutex, &real));
    WAIT("clockcond", &condition,
         pthread_cond_clockwait(&condition, &mutex, CLOCK_MONOTONIC, &steady));
    WAIT("cnd", &c11_condition, cnd_wait(&c11_condition, &c11));
    WAIT("timedcnd", &c11_condition, cnd_timedwait(&c11_condition, &c11, &real));
    ready();
    return sleeps(NULL);
}

/* Holds what the other waits for, until it is told to let go. */
static void hold_and_let_go(const char *kind)
{
    pthread_t waiter;
    bool is_condition = strstr(kind, "cond") != NULL || strstr(kind, "cnd") != NULL;
    pthread_create(&sleeper, NULL, sleeps, NULL);
    thrd_create(&c11_thread, sleeps_c11, NULL);
    sem_wait(&started); /* a thread that has not started yet has no known id */
    sem_wait(&started);
    TELL_ADDRESS("mutex", strstr(kind, "cnd") != NULL ? (void *)&c11 : (void *)&mutex);
    if (!is_condition) {
        pthread_mutex_lock(&mutex);
        mtx_lock(&c11);
    }
    pthread_rwlock_wrlock(&rwlock);
    pthread_spin_lock(&spin);
    sem_wait(&semaphore);
    pthread_create(&waiter, NULL, waits, (void *)(unsigned long)kind);
    char line[16];
    if (syscall(SYS_read, 0, line, sizeof line) <= 0)
        _exit(0);
    if (strstr(kind, "join") != NULL) {
        pthread_cancel(sleeper);
        pthread_cancel(c11_thread);
    }
    if (strcmp(kind, "barrier") == 0)
        pthread_barrier_wait(&barrier);
    if (is_condition) {
        pthread_mutex_lock(&mutex); /* not before the other is in its wait */
        mtx_lock(&c11);
        pthread_cond_signal(&condition);
        cnd_signal(&c11_condition);
    }
    pthread_mutex_unlock(&mutex);
    mtx_unlock(&c11);
    pthread_rwlock_unlock(&rwlock);
    pthread_spin_unlock(&spin);
    sem_post(&semaphore);
}

/* ---- accounts ------------------------------------------------------------------- */

static void *refuses(void *unused)
{
    for (int i = 0; i < 30; i++)
        if (pthread_mutex_trylock(&mutex) == 0 || pthread_rwlock_trywrlock(&rwlock) == 0 ||
            pthread_spin_trylock(&spin) == 0 || mtx_trylock(&c11) == 0 ||
            sem_trywait(&semaphore) == 0)
            abort();
    tell("tid", gettid());
    ready();
    pthread_mutex_lock(&recursive); /* until the other lets go of everything */
    pthread_mutex_trylock(&mutex);
    pthread_mutex_unlock(&mutex);
    pthread_mutex_lock(&mutex);
    ready();
    return sleeps(unused);
}

static void accounts(void)
{
    pthread_t thread;
    char line[16];
    pthread_mutex_lock(&recursive);
    pthread_mutex_lock(&mutex);
    pthread_rwlock_wrlock(&rwlock);
    pthread_spin_lock(&spin);
    mtx_lock(&c11);
    sem_wait(&semaphore);
    TELL_ADDRESS("mutex", &mutex);
    TELL_ADDRESS("rwlock", &rwlock);
    TELL_ADDRESS("spin", &spin);
    TELL_ADDRESS("c11", &c11);
    TELL_ADDRESS("semaphore", &semaphore);
    TELL_ADDRESS("recursive", &recursive);
    pthread_create(&thread, NULL, refuses, NULL);
    if (syscall(SYS_read, 0, line, sizeof line) <= 0)
        _exit(0);
    pthread_mutex_unlock(&mutex);
    pthread_mutex_lock(&recursive);
    pthread_mutex_unlock(&recursive);
    pthread_mutex_unlock(&recursive);
}

/* Woken three times in vain, then for good; then a wait that ends by its time. */
static void *consumes(void *unused)
{
    pthread_mutex_lock(&mutex);
    tell("tid", gettid());
    TELL_ADDRESS("condition", &condition);
    TELL_ADDRESS("mutex", &mutex);
    while (!done)
        pthread_cond_wait(&condition, &mutex);
    ready();
    pthread_mutex_unlock(&mutex);
    struct timespec past = {1, 0};
    pthread_mutex_lock(&mutex);
    while (pthread_cond_timedwait(&condition, &mutex, &past) != ETIMEDOUT)
        ;
    pthread_mutex_unlock(&mutex);
    ready();
    return sleeps(unused);
}

static void episode(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, consumes, NULL);
    for (char line[16]; syscall(SYS_read, 0, line, sizeof line) > 0;) {
        pthread_mutex_lock(&mutex);
        done = line[0] == 'd';
        pthread_cond_signal(&condition);
        pthread_mutex_unlock(&mutex);
    }
    _exit(0);
}

static void descriptors(void)
{
    int ends[2];
    char byte = 'x';
    if (pipe2(ends, O_NONBLOCK) != 0)
        abort();
    tell("descriptor", ends[0]);
    for (int i = 0; i < 20; i++)
        if (read(ends[0], &byte, 1) != -1)
            abort();
    stay();
    if (write(ends[1], &byte, 1) != 1 || read(ends[0], &byte, 1) != 1)
        abort();
}

/* ---- ends ----------------------------------------------------------------------- */

static void stay_cancelled(void *unused)
{
    (void)unused;
    stay();
}

static void *cancelled(void *unused)
{
    pthread_mutex_lock(&mutex);
    tell("tid", gettid());
    TELL_ADDRESS("mutex", &mutex);
    pthread_cleanup_push(stay_cancelled, NULL);
    pthread_cancel(pthread_self());
    pthread_cond_wait(&condition, &mutex);
    pthread_cleanup_pop(0);
    return unused;
}

static void cancel(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, cancelled, NULL);
    pthread_join(thread, NULL);
}

/* Comes back in every round of destructors, the last one too. */
static void late(void *unused)
{
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
    pthread_setspecific(key, unused);
}

/* Comes back once, and then stays with a lock held. */
static void late_holder(void *again)
{
    if (again == &mutex) {
        pthread_setspecific(key, &recursive);
        return;
    }
    tell("tid", gettid());
    TELL_ADDRESS("mutex", &mutex);
    pthread_mutex_lock(&mutex);
    stay();
}

static void *sets_key(void *unused)
{
    pthread_setspecific(key, &mutex);
    return unused;
}

static void leaving(void)
{
    pthread_t thread;
    pthread_key_create(&key, late_holder);
    pthread_create(&thread, NULL, sets_key, NULL);
    pthread_join(thread, NULL);
}

static void *takes_nothing(void *unused)
{
    pthread_setspecific(key, &mutex);
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
    sem_wait(&started); /* a semaphore is nobody's */
    return unused;
}

static void *keeps_a_lock(void *unused)
{
    tell("tid", gettid());
    pthread_rwlock_rdlock(&rwlock);
    return unused;
}

static void threads(int n)
{
    pthread_t thread;
    pthread_key_create(&key, late);
    sem_init(&started, 0, (unsigned)n);
    for (int i = 0; i < n; i++) {
        if (pthread_create(&thread, NULL, takes_nothing, NULL) != 0)
            abort();
        pthread_join(thread, NULL);
    }
    pthread_create(&thread, NULL, keeps_a_lock, NULL);
    pthread_join(thread, NULL);
}

static void fork_holding(bool alone)
{
    pthread_mutex_lock(&mutex);
    TELL_ADDRESS("mutex", &mutex);
    TELL_ADDRESS("rwlock", &rwlock);
    TELL_LINE("line");
    pid_t pid = alone ? _Fork() : fork();
    if (pid == 0) {
        pthread_rwlock_wrlock(&rwlock);
        for (;;)
            pause();
    }
    tell("child", pid);
}

/* Any system call but read, write and exit kills it. */
static void strict(void)
{
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0)
        abort();
    for (int i = 0; i < 1000; i++) {
        pthread_mutex_lock(&mutex);
        pthread_rwlock_rdlock(&rwlock);
        pthread_spin_lock(&spin);
        sem_wait(&semaphore);
        mtx_lock(&c11);
        pthread_cond_signal(&condition);
        mtx_unlock(&c11);
        sem_post(&semaphore);
        pthread_spin_unlock(&spin);
        pthread_rwlock_unlock(&rwlock);
        pthread_mutex_unlock(&mutex);
    }
    syscall(SYS_exit, 0);
}

int main(int argc, char **argv)
{
    const char *state = argc > 1 ? argv[1] : "";
    setvbuf(stdout, NULL, _IOLBF, 0);
    pthread_spin_init(&spin, 0);
    pthread_barrier_init(&barrier, NULL, 2);
    sem_init(&semaphore, 0, 1);
    mtx_init(&c11, mtx_timed);
    cnd_init(&c11_condition);
    if (strcmp(state, "held") == 0)
        held();
    else if (strcmp(state, "many") == 0)
        many();
    else if (strcmp(state, "objects") == 0)
        objects();
    else if (strcmp(state, "accounts") == 0)
        accounts();
    else if (strcmp(state, "episode") == 0)
        episode();
    else if (strcmp(state, "descriptors") == 0)
        descriptors();
    else if (strcmp(state, "cancel") == 0)
        cancel();
    else if (strcmp(state, "threads") == 0)
        threads(argc > 2 ? atoi(argv[2]) : 0);
    else if (strcmp(state, "leaving") == 0)
        leaving();
    else if (strcmp(state, "fork") == 0)
        fork_holding(false);
    else if (strcmp(state, "fork-alone") == 0)
        fork_holding(true);
    else if (strcmp(state, "strict") == 0)
        strict();
    else
        hold_and_let_go(state);
    stay();
    return 0;
}
