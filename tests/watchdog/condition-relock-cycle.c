/*
 * A waiter is woken with another lock held and must take the condition's mutex again, whose holder
 * wants that other lock.
 * says: deadlock/lock-cycle
 */
#include <pthread.h>

static pthread_mutex_t queue = PTHREAD_MUTEX_INITIALIZER, stock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static int waiting, items;

static void *consume(void *unused)
{
    pthread_mutex_lock(&stock);
    pthread_mutex_lock(&queue);
    waiting = 1;
    while (items == 0)
        pthread_cond_wait(&filled, &queue); /* HERE */
    pthread_mutex_unlock(&queue);
    pthread_mutex_unlock(&stock);
    return unused;
}

int main(void)
{
    pthread_t other;
    pthread_create(&other, NULL, consume, NULL);
    pthread_mutex_lock(&queue);
    while (!waiting) {
        pthread_mutex_unlock(&queue);
        pthread_mutex_lock(&queue);
    }
    items = 1;
    pthread_cond_signal(&filled);
    pthread_mutex_lock(&stock); /* HERE */
    pthread_mutex_unlock(&stock);
    pthread_mutex_unlock(&queue);
    return pthread_join(other, NULL);
}
