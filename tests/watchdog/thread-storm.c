/*
 * Thousands of threads come and go, three hundred of them wait at once, detached ones among them.
 * says: nothing
 */
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sem_t gate, gone;
static int visits;

static void *visit(void *waits)
{
    if (waits != NULL)
        sem_wait(&gate);
    pthread_mutex_lock(&lock);
    visits++;
    pthread_mutex_unlock(&lock);
    sem_post(&gone);
    return NULL;
}

int main(void)
{
    pthread_attr_t small;
    pthread_t thread;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 65536);
    pthread_attr_setdetachstate(&small, PTHREAD_CREATE_DETACHED);
    sem_init(&gate, 0, 0);
    sem_init(&gone, 0, 0);
    for (int i = 0; i < 2000; i++) {
        if (pthread_create(&thread, &small, visit, NULL) != 0)
            return 2;
        sem_wait(&gone);
    }
    for (int i = 0; i < 300; i++)
        if (pthread_create(&thread, &small, visit, &gate) != 0)
            return 2;
    usleep(300000);
    for (int i = 0; i < 300; i++)
        sem_post(&gate);
    for (int i = 0; i < 300; i++)
        sem_wait(&gone);
    return visits - 2300;
}
