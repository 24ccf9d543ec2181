/*
 * Locks in a mapping that is unmapped and mapped again at the same address are new locks, so that a
 * second thread may take them in another order.
 * says: nothing
 */
#include <pthread.h>
#include <sys/mman.h>

#define PLACE ((void *)0x7e0000000000)

static pthread_barrier_t step;

static int both(int first)
{
    pthread_mutex_t *lock = mmap(PLACE, 4096, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (lock == MAP_FAILED)
        return 1;
    pthread_mutex_init(&lock[0], NULL);
    pthread_mutex_init(&lock[1], NULL);
    pthread_mutex_lock(&lock[first]);
    pthread_mutex_lock(&lock[1 - first]);
    pthread_mutex_unlock(&lock[1 - first]);
    pthread_mutex_unlock(&lock[first]);
    return munmap(lock, 4096);
}

static void *second(void *unused)
{
    pthread_barrier_wait(&step);
    return both(1) != 0 ? &step : unused;
}

int main(void)
{
    pthread_t other;
    void *failed;
    pthread_barrier_init(&step, NULL, 2);
    pthread_create(&other, NULL, second, NULL);
    int wrong = both(0);
    pthread_barrier_wait(&step);
    pthread_join(other, &failed);
    return wrong + (failed != NULL);
}
