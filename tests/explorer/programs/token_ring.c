/*
 * A value goes round a ring of three stations, each copying what its neighbour has; a fourth
 * thread expects all three to be equal once each has copied.
 *
 * Bug: that each has copied once does not mean that they copied in the order of the ring.
 *
 * Follows token_ring_bad of SCTBench (PPoPP 2014), joined as in PERIOD (ICSE 2022); its atomic
 * sections are one lock here, as there. The three are equal only if station 1 copied first; made
 * in this order, they mostly do. Preemptions: 0.
 */
#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

static int one = 1, two = 2, three = 1;
static bool one_copied, two_copied, three_copied;
static pthread_mutex_t ring = PTHREAD_MUTEX_INITIALIZER;

static void *station_one(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&ring);
    one = (three + 1) % 4;
    one_copied = true;
    pthread_mutex_unlock(&ring);
    return NULL;
}

static void *station_two(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&ring);
#ifdef FIXED
    if (one_copied) {
        two = one;
        two_copied = true;
    }
#else
    two = one;
    two_copied = true;
#endif
    pthread_mutex_unlock(&ring);
    return NULL;
}

static void *station_three(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&ring);
#ifdef FIXED
    if (two_copied) {
        three = two;
        three_copied = true;
    }
#else
    three = two;
    three_copied = true;
#endif
    pthread_mutex_unlock(&ring);
    return NULL;
}

static void *check(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&ring);
    if (one_copied && two_copied && three_copied)
        assert(one == two && two == three);
    pthread_mutex_unlock(&ring);
    return NULL;
}

int main(void)
{
    void *(*const work[])(void *) = {station_one, station_two, station_three, check};
    pthread_t threads[4];

    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, work[i], NULL);
    for (int i = 3; i >= 0; i--)
        pthread_join(threads[i], NULL);
    return 0;
}
