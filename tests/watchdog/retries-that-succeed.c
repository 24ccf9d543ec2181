/*
 * Compare-and-swap and trylock in loops with a yield, as a lock-free counter and a spinning lock
 * have them: many tries fail, and all get on.
 * says: nothing
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_long counter;
static long guarded;

static void *work(void *unused)
{
    for (int i = 0; i < 20000; i++) {
        long seen = atomic_load(&counter);
        while (!atomic_compare_exchange_weak(&counter, &seen, seen + 1))
            sched_yield();
        while (pthread_mutex_trylock(&lock) != 0)
            sched_yield();
        guarded++;
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

int main(void)
{
    pthread_t thread[3];
    for (int i = 0; i < 3; i++)
        pthread_create(&thread[i], NULL, work, NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(thread[i], NULL);
    return counter != 60000 || guarded != 60000;
}
