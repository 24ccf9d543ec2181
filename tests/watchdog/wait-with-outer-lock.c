/*
 * A condition is waited for with another lock held, which who signals does not need.
 * says: nothing
 */
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static int items, taken;

static void *take(void *unused)
{
    pthread_mutex_lock(&outer);
    pthread_mutex_lock(&inner);
    while (items == 0)
        pthread_cond_wait(&filled, &inner);
    items--;
    taken++;
    pthread_mutex_unlock(&inner);
    pthread_mutex_unlock(&outer);
    return unused;
}

int main(void)
{
    pthread_t taker[3];
    for (int i = 0; i < 3; i++)
        pthread_create(&taker[i], NULL, take, NULL);
    for (int i = 0; i < 3; i++) {
        usleep(150000);
        pthread_mutex_lock(&inner);
        items++;
        pthread_cond_signal(&filled);
        pthread_mutex_unlock(&inner);
    }
    for (int i = 0; i < 3; i++)
        pthread_join(taker[i], NULL);
    return taken - 3;
}
