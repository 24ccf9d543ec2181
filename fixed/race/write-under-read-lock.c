/*
 * The counter of hits is atomic: readers that hold the read lock together may count
 * together, and none of their steps is lost.
 *
 * @repairs  race/write-under-read-lock
 * @explore  LOOKUPS=3 HOSTS=2
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#define CLIENTS 2
#define LOOKUPS 20000
#define HOSTS 64

static pthread_rwlock_t cache_lock = PTHREAD_RWLOCK_INITIALIZER;
static bool known[HOSTS]; /* guarded by cache_lock, as is all below */
static unsigned address[HOSTS];
static long misses;
static atomic_long hits; /* FIX: counted by many readers at once */

static unsigned resolve(int host)
{
    return 0x0a000000u + (unsigned)host;
}

static bool find(int host, unsigned *found)
{
    bool hit;

    pthread_rwlock_rdlock(&cache_lock);
    hit = known[host];
    if (hit) {
        *found = address[host];
        hits++;
    }
    pthread_rwlock_unlock(&cache_lock);
    return hit;
}

static void insert(int host, unsigned value)
{
    pthread_rwlock_wrlock(&cache_lock);
    known[host] = true;
    address[host] = value;
    misses++;
    pthread_rwlock_unlock(&cache_lock);
}

static void *client(void *unused)
{
    (void)unused;
    for (int i = 0; i < LOOKUPS; i++) {
        unsigned found;
        if (!find(i % HOSTS, &found))
            insert(i % HOSTS, resolve(i % HOSTS));
    }
    return NULL;
}

int main(void)
{
    pthread_t clients[CLIENTS];

    for (int i = 0; i < CLIENTS; i++)
        pthread_create(&clients[i], NULL, client, NULL);
    for (int i = 0; i < CLIENTS; i++)
        pthread_join(clients[i], NULL);

    if (hits + misses != CLIENTS * LOOKUPS) {
        fprintf(stderr, "%d lookups, but %ld hits and misses\n", CLIENTS * LOOKUPS, hits + misses);
        return 1;
    }
    return 0;
}
