/*
 * The three steps of counting a hit are now done under a lock, so that one thread
 * finishes all of them before the other begins.
 *
 * @repairs  race/lost-update
 * @explore  REQUESTS=2L
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

static pthread_mutex_t hits_lock = PTHREAD_MUTEX_INITIALIZER; /* FIX: guards every hits */

static void *serve(void *unused)
{
    (void)unused;
    for (long request = 0; request < REQUESTS; request++) {
        pthread_mutex_lock(&hits_lock); /* FIX: no other hit falls in between */
        pages[request % PAGES].hits++;
        pthread_mutex_unlock(&hits_lock);
    }
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
