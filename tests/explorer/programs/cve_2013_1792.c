/*
 * N threads look up the keyrings of a user, which the first of them makes under a lock: the user's
 * own and then that of the session.
 *
 * Bug: that the user's own is there is taken, without the lock, to mean that both are: a thread
 * that comes between the two follows a null pointer.
 *
 * Follows CVE-2013-1792 (Linux, install_user_keyrings) as in ConVul (Cai et al., FSE 2019) and
 * PERIOD (ICSE 2022). Smallest number of preemptions: 1.
 */
#include <pthread.h>
#include <stdlib.h>

#ifndef N
#define N 2
#endif

struct key {
    int uses;
};

static struct key *volatile own, *volatile of_session;
static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;

static void install(void)
{
#ifndef FIXED
    if (own)
        return;
#endif
    pthread_mutex_lock(&making);
    if (!own) {
        struct key *first = calloc(1, sizeof *first);
        struct key *second = calloc(1, sizeof *second);

        own = first;
        of_session = second;
    }
    pthread_mutex_unlock(&making);
}

static void *look_up(void *unused)
{
    (void)unused;
    install();
    __atomic_fetch_add(&of_session->uses, 1, __ATOMIC_RELAXED);
    return NULL;
}

int main(void)
{
    pthread_t threads[N];

    for (int i = 0; i < N; i++)
        pthread_create(&threads[i], NULL, look_up, NULL);
    for (int i = 0; i < N; i++)
        pthread_join(threads[i], NULL);
    free(own);
    free(of_session);
    return 0;
}
