/*
 * The reader stops reading before he asks to write, so that he no longer waits
 * for himself. The second look under the write lock keeps the cache free of
 * doubles.
 *
 * @repairs  deadlock/lock-upgrade
 * @explore  NAMES=2
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
        pthread_rwlock_unlock(&lock); /* FIX: stop reading, then ask to write */
        pthread_rwlock_wrlock(&lock);
        at = find(name); /* FIX: somebody else may have been quicker */
        if (at < 0) {
            at = count++;
            names[at] = name;
            addresses[at] = 100 + name[0];
        }
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
