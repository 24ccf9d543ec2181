/*
 * Two server threads count a page's visitors with `hits++`, which is three steps
 * (read, add one, write back): one thread's hit overwrites the other's.
 *
 * The line looks like a single step, and in a test it counts right: two threads
 * must meet within a few nanoseconds for a hit to be lost. The user sees a counter
 * that is a little too low, now and then, and more so as traffic grows.
 *
 * The race is the same on one processor and on two. With two, the threads run in
 * parallel and can be inside the three steps at the same instant; with one, they
 * are only concurrent, and a hit is lost when a thread is put aside between its
 * read and its write, which is rare. How often the sum is wrong differs, what the
 * detectors report does not: `hazmat check --cpus 1` shows it. The twin counts
 * under a lock; an atomic counter would do as well.
 *
 * @hazard   race/lost-update
 * @concept  race, thread, concurrency, parallelism, lock
 * @expect   tsan=caught helgrind=caught drd=caught watchdog=blind explorer=caught
 * @why      watchdog: it watches waiting, not memory
 * @explore  REQUESTS=2L
 * @see      CWE-366
 */
#include <pthread.h>
#include <stdio.h>

#define SERVERS 2
#define REQUESTS 40000L
#define PAGES 3

struct page {
    const char *path;
    long hits;
};

static struct page pages[PAGES] = {{"/", 0}, {"/news", 0}, {"/contact", 0}};

static void *serve(void *unused)
{
    (void)unused;
    for (long request = 0; request < REQUESTS; request++)
        pages[request % PAGES].hits++; /* HAZARD: three steps: another's hit falls in between */
    return NULL;
}

int main(void)
{
    pthread_t servers[SERVERS];
    long counted = 0;

    for (int i = 0; i < SERVERS; i++)
        pthread_create(&servers[i], NULL, serve, NULL);
    for (int i = 0; i < SERVERS; i++)
        pthread_join(servers[i], NULL);

    for (int i = 0; i < PAGES; i++)
        counted += pages[i].hits;
    if (counted != SERVERS * REQUESTS) {
        fprintf(stderr, "%ld pages served, %ld hits counted\n", SERVERS * REQUESTS, counted);
        return 1;
    }
    return 0;
}
