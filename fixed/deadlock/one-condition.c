/*
 * Cooks and waiters wait on conditions of their own. A signal for a cook can no
 * longer be used up by a waiter.
 *
 * @repairs  deadlock/signal-to-the-wrong-one
 * @explore  PLATES=1
 */
#include <pthread.h>
#include <stdio.h>

#define PAIRS 2
#define PLATES 5000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER; /* FIX: one for each thing to wait for */
static pthread_cond_t emptied = PTHREAD_COND_INITIALIZER;
static int plates; /* on the pass: 0 or 1 */

static void *cook(void *arg)
{
    int *cooked = arg;
    for (int i = 0; i < PLATES; i++) {
        pthread_mutex_lock(&lock);
        while (plates == 1)
            pthread_cond_wait(&emptied, &lock);
        plates++;
        pthread_cond_signal(&filled);
        pthread_mutex_unlock(&lock);
        ++*cooked;
    }
    return NULL;
}

static void *waiter(void *arg)
{
    int *served = arg;
    for (int i = 0; i < PLATES; i++) {
        pthread_mutex_lock(&lock);
        while (plates == 0)
            pthread_cond_wait(&filled, &lock);
        plates--;
        pthread_cond_signal(&emptied);
        pthread_mutex_unlock(&lock);
        ++*served;
    }
    return NULL;
}

int main(void)
{
    pthread_t cooks[PAIRS], waiters[PAIRS];
    int cooked[PAIRS] = {0}, served[PAIRS] = {0};

    for (int i = 0; i < PAIRS; i++) {
        pthread_create(&cooks[i], NULL, cook, &cooked[i]);
        pthread_create(&waiters[i], NULL, waiter, &served[i]);
    }
    for (int i = 0; i < PAIRS; i++) {
        pthread_join(cooks[i], NULL);
        pthread_join(waiters[i], NULL);
    }

    if (served[0] + served[1] != PAIRS * PLATES || plates != 0) {
        fprintf(stderr, "%d plates served, %d left\n", served[0] + served[1], plates);
        return 1;
    }
    return 0;
}
