/*
 * Of two producers that run the same routine one has ended, and the other has not come to its first
 * item yet: it goes through a list first.
 * with: --stranded-seconds=1
 * says: nothing
 */
#include <pthread.h>
#include <stdint.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER, list = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static int items;

static void *produce(void *length)
{
    for (int i = 0; i < (int)(intptr_t)length; i++) {
        pthread_mutex_lock(&list);
        usleep(10000);
        pthread_mutex_unlock(&list);
    }
    for (int i = 0; i < 5; i++) {
        pthread_mutex_lock(&lock);
        items++;
        pthread_cond_signal(&filled);
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

int main(void)
{
    pthread_t producer[2];
    pthread_create(&producer[0], NULL, produce, (void *)(intptr_t)220);
    pthread_create(&producer[1], NULL, produce, NULL);
    for (int taken = 0; taken < 10; taken++) {
        pthread_mutex_lock(&lock);
        while (items == 0)
            pthread_cond_wait(&filled, &lock);
        items--;
        pthread_mutex_unlock(&lock);
    }
    return 0;
}
