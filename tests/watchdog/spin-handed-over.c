/*
 * A spin lock is taken by one thread and let go by the one that it hands the work over to, which
 * now and then takes its time.
 * says: nothing
 */
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

static pthread_spinlock_t slot;
static sem_t full;
static int item, sum;

static void *consume(void *unused)
{
    for (int i = 0; i < 3000; i++) {
        sem_wait(&full);
        sum += item;
        if (i % 1000 == 999)
            usleep(100000);
        pthread_spin_unlock(&slot);
    }
    return unused;
}

int main(void)
{
    pthread_t consumer;
    pthread_spin_init(&slot, PTHREAD_PROCESS_PRIVATE);
    sem_init(&full, 0, 0);
    pthread_create(&consumer, NULL, consume, NULL);
    for (int i = 0; i < 3000; i++) {
        pthread_spin_lock(&slot);
        item = i % 3;
        sem_post(&full);
    }
    pthread_join(consumer, NULL);
    return sum - 3000;
}
