/*
 * One thread opens a device and later closes it, another takes a use of it; a use count and a
 * lock flag are kept by hand. The closer expects that no use is left.
 *
 * Bug: the opener gives the use back more often than it was taken, so that what is left is not
 * what it expects: in every schedule that ends.
 *
 * Follows Boop_simple_vf of SV-COMP's pthread-ext, once a test of Boop (Weissenbacher), whose
 * unknown number of rounds is N here and whose spinning is a lock with a condition; the assertion
 * is its own. Preemptions: 0.
 */
#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#ifndef N
#define N 1
#endif

static int uses;
static bool locked, opened, used;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

static void wait_for(const bool *flag)
{
    pthread_mutex_lock(&lock);
    while (!*flag)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}

static void tell(bool *flag)
{
    pthread_mutex_lock(&lock);
    *flag = true;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static void *open_and_close(void *unused)
{
    (void)unused;
    uses = 0;
    locked = false;
    tell(&opened);
    wait_for(&used);
#ifndef FIXED
    for (int round = 0; round < N; round++) {
        uses--;
        locked = false;
    }
#endif
    uses--;
    locked = false;
    assert(uses == 0);
    return NULL;
}

static void *use(void *unused)
{
    (void)unused;
    wait_for(&opened);
    uses++;
    if (!locked) {
        locked = true;
        tell(&used);
    }
    return NULL;
}

int main(void)
{
    pthread_t opener, user;

    pthread_create(&opener, NULL, open_and_close, NULL);
    pthread_create(&user, NULL, use, NULL);
    pthread_join(opener, NULL);
    pthread_join(user, NULL);
    return 0;
}
