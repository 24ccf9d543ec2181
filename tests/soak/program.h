/*
 * The random programs of the soak: `soak-program SEED right|wrong` makes a plan from the
 * seed and runs it with real threads.
 *
 * A plan is some *groups*. The threads of a group work together on things that no other
 * group uses, so that a plan of right groups is right. Each group is right for a reason
 * that stands above it, works until soak_over(), checks its own result, and ends by itself.
 * A wrong plan is a right one with one deadlock planted beside it (planted.c), of which
 * the threads never end.
 *
 * What a seed makes is the same in every run; what the scheduler makes of it is not.
 */
#ifndef SOAK_PROGRAM_H
#define SOAK_PROGRAM_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* Random numbers: splitmix64 (Steele, Lea and Flood, OOPSLA 2014). Each thread has its own. */
struct soak_random {
    uint64_t state;
};
uint64_t soak_next(struct soak_random *random);
/* 0 to n - 1. */
unsigned soak_below(struct soak_random *random, unsigned n);
/* True in `percent` of the cases. */
bool soak_chance(struct soak_random *random, unsigned percent);

/* Whether the time of the plan is over: then the groups finish. */
bool soak_over(void);
/* Works a little, or yields, or sleeps for up to a millisecond. */
void soak_pause(struct soak_random *random);
/* Only works, for some microseconds at most: for where a thread must not block. */
void soak_work(struct soak_random *random);
/* A point in time for timed calls, on CLOCK_REALTIME. */
struct timespec soak_in(double seconds);
/* The program's own check: ends it with status 1 and a line on standard error. */
void soak_check(bool holds, const char *what);
/* pthread_create(), checked. */
pthread_t soak_thread(void *(*work)(void *), void *argument);

/* Sorts of mutexes; all are right to use in any place where a mutex is. */
enum soak_mutex {
    SOAK_PLAIN,
    SOAK_ADAPTIVE,
    SOAK_INHERITING,
    SOAK_RECURSIVE,
    SOAK_CHECKING,
    SOAK_MUTEXES
};
void soak_mutex_init(pthread_mutex_t *mutex, enum soak_mutex kind, bool shared);

struct soak_group {
    const char *name;
    unsigned least; /* threads that it needs */
    void *(*begin)(struct soak_random *random, unsigned threads);
    void (*end)(void *group); /* joins its threads */
};
/* Locks taken in a global order, with all that is allowed on top of it (ordered.c). */
extern const struct soak_group soak_ordered;
/* A bounded queue with two conditions (groups.c). */
extern const struct soak_group soak_queue;
/* Semaphores as signals: a token goes round a ring. */
extern const struct soak_group soak_ring;
/* A barrier of the right size. */
extern const struct soak_group soak_barrier;
/* A row of pipes, each with one writer and one reader. */
extern const struct soak_group soak_pipes;
/* Short-lived threads that are joined or signal that they are done. */
extern const struct soak_group soak_families;
/* Two processes with locks in shared memory. It forks: begin it before all others. */
extern const struct soak_group soak_processes;

struct soak_planted {
    const char *kind; /* as `planted: KIND` says it */
    /*
     * Starts threads or a process that come to a deadlock for certain, within half a second,
     * on things that nobody else uses. Called before any other thread is started.
     */
    void (*plant)(struct soak_random *random);
};
extern const struct soak_planted soak_planted[];
extern const unsigned soak_planted_n;
/* Waits for what was planted: for ever. */
void soak_planted_wait(void);

#endif
