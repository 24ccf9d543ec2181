/*
 * In a restaurant cooks put plates on a pass that has room for one, and waiters
 * take them off. Both wait on the same condition, and each wakes one by
 * pthread_cond_signal. If a waiter's signal wakes a waiter instead of a cook, it
 * is used up, and all are asleep.
 *
 * With one cook and one waiter there is only the other one to wake, and the code
 * is right. It stays word for word the same when a second cook and a second
 * waiter are hired, and is wrong from then on: kitchen and dining room stand
 * still, though the pass is full or empty and somebody waits for just that.
 *
 * The twin has two conditions, one for "there is room" and one for "there is a
 * plate", so that a signal reaches only those whom it concerns. One condition
 * and a broadcast each time would do, at the price of waking all for nothing.
 *
 * @hazard   deadlock/signal-to-the-wrong-one
 * @concept  condition, queue, thread, deadlock
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=caught
 * @why      tsan,helgrind,drd: that nobody is left who could signal is not among their checks
 * @explore  PLATES=1
 * @see      CWE-833
 */
#include <pthread.h>
#include <stdio.h>

#define PAIRS 2
#define PLATES 5000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int plates; /* on the pass: 0 or 1 */

static void *cook(void *arg)
{
    int *cooked = arg;
    for (int i = 0; i < PLATES; i++) {
        pthread_mutex_lock(&lock);
        while (plates == 1)
            pthread_cond_wait(&changed, &lock); /* HAZARD: the signal for us may go to a cook */
        plates++;
        pthread_cond_signal(&changed);
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
            pthread_cond_wait(&changed, &lock); /* HAZARD: the signal for us may go to a waiter */
        plates--;
        pthread_cond_signal(&changed);
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
