/*
 * N threads run an initialisation once: each counts itself as waiting, enters a lock, looks whether
 * it is done, leaves, and the last of the waiting frees the lock.
 *
 * Bug: that somebody waits is counted after the look whether all is done, and not atomically: the
 * lock may be freed while another thread is about to enter it. The correct variant looks in the
 * lock only, and frees it when all have ended.
 *
 * Follows CVE-2016-1972 (Firefox, libvpx's once) as in ConVul (Cai et al., FSE 2019) and PERIOD
 * (ICSE 2022). Smallest number of preemptions: 1.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#ifndef N
#define N 2
#endif

struct section {
    pthread_mutex_t lock;
    int entered;
};

#ifndef FIXED
static volatile long waiting;
#endif
static volatile bool done;
static struct section *volatile section;

static void *once(void *unused)
{
    (void)unused;
#ifndef FIXED
    if (done)
        return NULL;
    ++waiting;
    section->entered = 1;
#endif
    pthread_mutex_lock(&section->lock);
#ifdef FIXED
    section->entered = 1;
#endif
    if (!done)
        done = true;
    pthread_mutex_unlock(&section->lock);
#ifndef FIXED
    if (!--waiting) {
        free(section);
        section = NULL;
    }
#endif
    return NULL;
}

int main(void)
{
    pthread_t threads[N];

    section = calloc(1, sizeof *section);
    pthread_mutex_init(&section->lock, NULL);
    for (int i = 0; i < N; i++)
        pthread_create(&threads[i], NULL, once, NULL);
    for (int i = 0; i < N; i++)
        pthread_join(threads[i], NULL);
#ifdef FIXED
    free(section);
#endif
    return 0;
}
