/*
 * bench-deadlock FILE OTHERS: two threads deadlock, and OTHERS are blocked on a condition or a
 * pipe. Both write into FILE when, on CLOCK_MONOTONIC, right before they block; the later one
 * closes the deadlock, and is the last to be there. The main thread goes on for a while, and
 * could end the waits of the others for all that one sees: so only the two are stuck.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define STACK (64 << 10)
#define STAYS 400000000L /* nanoseconds after which nobody waits for a report any more */

static pthread_mutex_t locks[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static pthread_barrier_t both;
static int closed;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static int ends[2];
static atomic_uint waiting;

/* Overwrites what the other one wrote: the last one to do so is the one that counts. */
static void stamp(void)
{
    char text[32];
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int n = snprintf(text, sizeof text, "%12ld.%09ld\n", (long)now.tv_sec, now.tv_nsec);
    if (pwrite(closed, text, (size_t)n, 0) != n)
        _exit(2);
}

static void *cross(void *argument)
{
    int first = argument != NULL;
    pthread_mutex_lock(&locks[first]);
    pthread_barrier_wait(&both);
    stamp();
    pthread_mutex_lock(&locks[!first]);
    return NULL;
}

static void *waits(void *on_pipe)
{
    char byte;
    pthread_mutex_lock(&mutex);
    waiting++;
    if (on_pipe == NULL)
        for (;;)
            pthread_cond_wait(&condition, &mutex);
    pthread_mutex_unlock(&mutex);
    return read(ends[0], &byte, 1) == 1 ? on_pipe : NULL;
}

static void start_others(unsigned n)
{
    pthread_t thread;
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, STACK);
    for (unsigned i = 0; i < n; i++)
        if (pthread_create(&thread, &small, waits, i % 2 == 0 ? NULL : &ends) != 0)
            _exit(2);
    while (waiting < n)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

/* Up to 50 ms, by the last digits of the time. */
static long some_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_nsec % 50000 * 1000;
}

int main(int argc, char **argv)
{
    pthread_t one, other;
    closed = argc == 3 ? open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : -1;
    if (closed < 0 || pipe(ends) != 0)
        return 2;
    start_others((unsigned)atoi(argv[2]));
    /* A while that differs, so that the deadlock closes at any time between two looks. */
    nanosleep(&(struct timespec){.tv_nsec = 50000000 + some_time()}, NULL);
    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&one, NULL, cross, NULL);
    pthread_create(&other, NULL, cross, &both);
    nanosleep(&(struct timespec){.tv_nsec = STAYS}, NULL);
    _exit(0);
}
