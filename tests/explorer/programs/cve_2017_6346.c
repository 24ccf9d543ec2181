/*
 * Two threads add a packet socket to a group: each allocates a place for it, counts there, and on
 * failure (which always comes) frees the place.
 *
 * Bug: the place is allocated and freed outside of the lock: one thread frees what the other counts
 * in or frees, too, or finds it gone.
 *
 * Follows CVE-2017-6346 (Linux, packet fanout) as in ConVul (Cai et al., FSE 2019) and PERIOD
 * (ICSE 2022). Smallest number of preemptions: 1.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct rollover {
    int socket;
    _Atomic int number;
};

static struct rollover *volatile rollover;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *add(void *unused)
{
    int failed;

    (void)unused;
#ifdef FIXED
    pthread_mutex_lock(&lock);
#endif
    rollover = calloc(1, sizeof *rollover);
    atomic_store(&rollover->number, 0);

#ifndef FIXED
    pthread_mutex_lock(&lock);
#endif
    failed = 1;
#ifndef FIXED
    pthread_mutex_unlock(&lock);
#endif
    if (failed) {
        free(rollover);
        rollover = NULL;
    }
#ifdef FIXED
    pthread_mutex_unlock(&lock);
#endif
    return NULL;
}

int main(void)
{
    pthread_t one, two;

    pthread_create(&one, NULL, add, NULL);
    pthread_create(&two, NULL, add, NULL);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    return 0;
}
