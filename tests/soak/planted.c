/*
 * Deadlocks that happen in every run. Where several threads must hold something before the
 * first of them waits, they meet at a barrier in between, so that no order is left to chance.
 */
#include "program.h"

#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST 4

/* Of the one deadlock that is planted in a program. */
static struct {
    unsigned n;        /* threads or processes in it */
    unsigned delay_ms; /* until they go into it */
    pthread_t threads[MOST];
    bool is_thread[MOST];
    bool nobody_joins; /* the threads are joined by each other */
    pid_t child;       /* 0: none */
    pthread_mutex_t locks[MOST];
    pthread_rwlock_t rwlocks[MOST];
    bool rwlock;
    pthread_barrier_t all_hold, barrier;
    pthread_cond_t condition;
    sem_t semaphore;
    int pipe[2];
} here;

static void plan(struct soak_random *random, unsigned least)
{
    here.n = least + soak_below(random, MOST - least + 1);
    here.delay_ms = soak_below(random, 500);
}

static void idle(void)
{
    nanosleep(&(struct timespec){.tv_nsec = here.delay_ms * 1000000L}, NULL);
}

static void start(void *(*work)(void *), unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        here.threads[i] = soak_thread(work, (void *)(uintptr_t)i);
        here.is_thread[i] = true;
    }
}

void soak_planted_wait(void)
{
    if (here.nobody_joins)
        pthread_exit(NULL); /* the process goes on until the last thread ends */
    for (unsigned i = 0; i < MOST; i++)
        if (here.is_thread[i])
            pthread_join(here.threads[i], NULL);
    if (here.child > 0)
        waitpid(here.child, NULL, 0);
    soak_check(false, "what was planted did not deadlock");
}

/* ---- a cycle of locks ------------------------------------------------------------ */

/* A mutex that does not know of its owner, and so cannot refuse. */
static enum soak_mutex unchecked(struct soak_random *random)
{
    return soak_chance(random, 50) ? SOAK_PLAIN : SOAK_ADAPTIVE;
}

static void lock_at(unsigned i)
{
    if (here.rwlock)
        pthread_rwlock_wrlock(&here.rwlocks[i]);
    else
        pthread_mutex_lock(&here.locks[i]);
}

static void *takes_two(void *number)
{
    unsigned i = (unsigned)(uintptr_t)number;
    idle();
    lock_at(i);
    pthread_barrier_wait(&here.all_hold);
    lock_at((i + 1) % here.n);
    return NULL;
}

static void plant_cycle(struct soak_random *random)
{
    plan(random, 2);
    here.rwlock = soak_chance(random, 30);
    for (unsigned i = 0; i < here.n; i++) {
        soak_mutex_init(&here.locks[i], soak_below(random, SOAK_CHECKING), false);
        pthread_rwlock_init(&here.rwlocks[i], NULL);
    }
    pthread_barrier_init(&here.all_hold, NULL, here.n);
    start(takes_two, here.n);
}

/* ---- the same between two processes ---------------------------------------------- */

struct across {
    pthread_mutex_t locks[2];
    pthread_barrier_t both_hold;
};
static struct across *across;

static void *takes_two_across(void *number)
{
    unsigned i = (unsigned)(uintptr_t)number;
    idle();
    pthread_mutex_lock(&across->locks[i]);
    pthread_barrier_wait(&across->both_hold);
    pthread_mutex_lock(&across->locks[!i]);
    return NULL;
}

static void plant_cycle_across(struct soak_random *random)
{
    plan(random, 2);
    across = mmap(NULL, sizeof *across, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    soak_check(across != MAP_FAILED, "no memory could be shared");
    pthread_barrierattr_t how;
    pthread_barrierattr_init(&how);
    pthread_barrierattr_setpshared(&how, PTHREAD_PROCESS_SHARED);
    pthread_barrier_init(&across->both_hold, &how, 2);
    for (unsigned i = 0; i < 2; i++)
        soak_mutex_init(&across->locks[i], unchecked(random), true);
    here.child = fork();
    soak_check(here.child >= 0, "no process could be made");
    if (here.child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* nothing is left of a program that is killed */
        takes_two_across((void *)1);
        _exit(1);
    }
    start(takes_two_across, 1);
}

/* ---- one lock, twice -------------------------------------------------------------- */

static void *takes_twice(void *unused)
{
    idle();
    pthread_mutex_lock(&here.locks[0]);
    pthread_mutex_lock(&here.locks[0]);
    return unused;
}

static void plant_relock(struct soak_random *random)
{
    plan(random, 1);
    soak_mutex_init(&here.locks[0], unchecked(random), false);
    start(takes_twice, 1);
}

/* ---- waits that nobody ends ------------------------------------------------------- */

static void *waits_too_late(void *unused)
{
    idle();
    pthread_mutex_lock(&here.locks[0]);
    pthread_cond_wait(&here.condition, &here.locks[0]);
    pthread_mutex_unlock(&here.locks[0]);
    return unused;
}

/* The signal comes before there is anybody to hear it, and there is no predicate. */
static void plant_lost_signal(struct soak_random *random)
{
    plan(random, 1);
    soak_mutex_init(&here.locks[0], SOAK_PLAIN, false);
    pthread_cond_init(&here.condition, NULL);
    pthread_cond_broadcast(&here.condition);
    start(waits_too_late, here.n);
}

static void *comes_to_barrier(void *unused)
{
    idle();
    pthread_barrier_wait(&here.barrier);
    return unused;
}

static void plant_barrier(struct soak_random *random)
{
    plan(random, 1);
    pthread_barrier_init(&here.barrier, NULL, here.n + 1);
    start(comes_to_barrier, here.n);
}

static void *waits_for_post(void *unused)
{
    idle();
    while (sem_wait(&here.semaphore) != 0)
        ;
    return unused;
}

/* One post less than there are waiters. */
static void plant_semaphore(struct soak_random *random)
{
    plan(random, 1);
    sem_init(&here.semaphore, 0, here.n - 1);
    start(waits_for_post, here.n);
}

static void *reads_to_the_end(void *unused)
{
    char byte;
    idle();
    while (read(here.pipe[0], &byte, 1) > 0)
        ;
    return unused;
}

static void plant_pipe(struct soak_random *random)
{
    plan(random, 1);
    soak_check(pipe(here.pipe) == 0, "no pipe could be made");
    soak_check(write(here.pipe[1], "xyz", soak_below(random, 4)) >= 0, "a pipe was not written");
    start(reads_to_the_end, 1);
}

/* ---- joins ------------------------------------------------------------------------- */

static void *joins_next(void *number)
{
    unsigned i = (unsigned)(uintptr_t)number;
    pthread_barrier_wait(&here.all_hold); /* all have been made, and are known */
    idle();
    pthread_join(here.threads[(i + 1) % here.n], NULL);
    return NULL;
}

/* Of three at least: pthread_join() sees a cycle of two. */
static void plant_joins(struct soak_random *random)
{
    plan(random, 3);
    pthread_barrier_init(&here.all_hold, NULL, here.n + 1);
    start(joins_next, here.n);
    pthread_barrier_wait(&here.all_hold);
    here.nobody_joins = true;
}

const struct soak_planted soak_planted[] = {
    {"lock-cycle", plant_cycle},   {"lock-cycle-across", plant_cycle_across},
    {"self-relock", plant_relock}, {"lost-signal", plant_lost_signal},
    {"barrier", plant_barrier},    {"semaphore", plant_semaphore},
    {"pipe", plant_pipe},          {"join-cycle", plant_joins},
};
const unsigned soak_planted_n = sizeof soak_planted / sizeof *soak_planted;
