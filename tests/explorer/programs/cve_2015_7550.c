/*
 * One thread reads a keyring, another revokes the key, which takes its contents away; both under
 * the key's lock.
 *
 * Bug: that the key is valid is looked at before the lock is taken, and not again.
 *
 * Follows CVE-2015-7550 (Linux, keyctl_read_key) as in ConVul (Cai et al., FSE 2019) and PERIOD
 * (ICSE 2022). Smallest number of preemptions: 1.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct key {
    volatile bool revoked;
    pthread_mutex_t lock;
    unsigned long *volatile leaves;
};

static void *read_key(void *argument)
{
    struct key *key = argument;
    unsigned long leaves = 0;

#ifndef FIXED
    if (key->revoked)
        return NULL;
#endif
    pthread_mutex_lock(&key->lock);
#ifdef FIXED
    if (!key->revoked)
#endif
        leaves = *key->leaves;
    pthread_mutex_unlock(&key->lock);
    return leaves ? argument : NULL;
}

static void *revoke(void *argument)
{
    struct key *key = argument;

    pthread_mutex_lock(&key->lock);
    key->revoked = true;
    key->leaves = NULL;
    pthread_mutex_unlock(&key->lock);
    return NULL;
}

int main(void)
{
    unsigned long one_leaf = 1;
    struct key *key = calloc(1, sizeof *key);
    pthread_t reader, revoker;

    pthread_mutex_init(&key->lock, NULL);
    key->leaves = &one_leaf;
    pthread_create(&reader, NULL, read_key, key);
    pthread_create(&revoker, NULL, revoke, key);
    pthread_join(reader, NULL);
    pthread_join(revoker, NULL);
    free(key);
    return 0;
}
