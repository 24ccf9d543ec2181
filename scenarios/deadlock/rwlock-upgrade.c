/*
 * A cache of host names looks a name up under the read lock and, where it is not
 * there, takes the write lock to add it, the read lock still held. The writer
 * waits until all readers are gone, and one of them is he himself.
 *
 * "I may read already, now let me write too" is what one wants to say, but POSIX
 * has no such step: two readers who both upgrade would wait for each other for
 * ever. As long as every name is known, only read locks are taken and all goes
 * well; the first new name stops its thread, and the waiting writer stops
 * those who come later.
 *
 * The twin gives the read lock back, takes the write lock, and looks again, as
 * another thread may have added the name in between. A plain mutex would do too.
 *
 * @hazard   deadlock/lock-upgrade
 * @concept  rwlock, thread, deadlock
 * @expect   tsan=missed helgrind=missed drd=missed watchdog=caught explorer=caught
 * @why      tsan,helgrind: take note of a write lock when it is got, and this one never is
 * @why      drd: looks for a thread that takes the write lock twice, but not for one that has the
 *           read lock
 * @explore  NAMES=2
 * @see      CWE-833
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define NAMES 8
#define CLIENTS 2

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static const char *names[CLIENTS * NAMES];
static int addresses[CLIENTS * NAMES];
static int count;

/* The place of a name in the cache, or -1; with the lock held. */
static int find(const char *name)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0)
            return i;
    }
    return -1;
}

static int resolve(const char *name)
{
    pthread_rwlock_rdlock(&lock);
    int at = find(name);
    if (at < 0) {
        pthread_rwlock_wrlock(&lock); /* HAZARD: waits for all readers to go, and is one itself */
        at = count++;
        names[at] = name;
        addresses[at] = 100 + name[0];
    }
    int address = addresses[at];
    pthread_rwlock_unlock(&lock);
    return address;
}

static void *client(void *arg)
{
    static const char *const hosts[] = {"anna", "bert", "carl",  "dora",
                                        "emil", "fred", "gerda", "hugo"};
    long *sum = arg;
    for (int i = 0; i < NAMES; i++)
        *sum += resolve(hosts[i]);
    return NULL;
}

int main(void)
{
    pthread_t threads[CLIENTS];
    long sums[CLIENTS] = {0};

    for (int i = 0; i < CLIENTS; i++)
        pthread_create(&threads[i], NULL, client, &sums[i]);
    for (int i = 0; i < CLIENTS; i++)
        pthread_join(threads[i], NULL);

    if (count != NAMES || sums[0] != sums[1]) {
        fprintf(stderr, "%d names in the cache instead of %d\n", count, NAMES);
        return 1;
    }
    return 0;
}
