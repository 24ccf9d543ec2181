/*
 * Three threads with long turns at a lock, each of which sleeps and computes in it: slow, no more.
 * says: nothing
 */
#include <pthread.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int turns;

static void *take_turns(void *unused)
{
    for (int i = 0; i < 3; i++) {
        pthread_mutex_lock(&lock);
        turns++;
        for (clock_t end = clock() + CLOCKS_PER_SEC / 50; clock() < end;)
            ;
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
        pthread_mutex_unlock(&lock);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    return unused;
}

int main(void)
{
    pthread_t thread[3];
    for (int i = 0; i < 3; i++)
        pthread_create(&thread[i], NULL, take_turns, NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(thread[i], NULL);
    return turns - 9;
}
