/*
 * A cache is read under a read lock, and the lookup counts its hit there: many
 * readers hold the lock at once, so they change the counter at once.
 *
 * Looking something up is reading, so the read lock is taken; the statistics came
 * later and went where the hit is known. The lock is held, it is even the right one,
 * but held for reading it promises only that nobody *else* writes. The user sees a
 * hit rate that is too low, and tunes the cache by it.
 *
 * The twin makes the counter atomic and leaves the lookups in parallel. A mutex of
 * its own for the statistics would do; the write lock would too, at the price of one
 * lookup at a time.
 *
 * @hazard   race/write-under-read-lock
 * @concept  race, rwlock, lock, thread
 * @expect   tsan=sometimes helgrind=caught drd=caught watchdog=blind explorer=caught
 * @why      tsan: sees it only where two readers really overlap: 25 of 26 runs on a busy
 *           machine
 * @why      watchdog: it watches waiting, not memory
 * @explore  LOOKUPS=3 HOSTS=2
 * @see      CWE-366, CWE-821
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

#define CLIENTS 2
#define LOOKUPS 20000
#define HOSTS 64

static pthread_rwlock_t cache_lock = PTHREAD_RWLOCK_INITIALIZER;
static bool known[HOSTS]; /* guarded by cache_lock, as is all below */
static unsigned address[HOSTS];
static long misses;
static long hits;

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
        hits++; /* HAZARD: a write, and other readers hold this lock too */
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
