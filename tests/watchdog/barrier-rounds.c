/*
 * A barrier for exactly as many as there are, round by round, one of them late each time.
 * says: nothing
 */
#include <pthread.h>
#include <stdint.h>
#include <unistd.h>

#define N 4

static pthread_barrier_t phase;
static int at[N], wrong;

static void *work(void *number)
{
    uintptr_t i = (uintptr_t)number;
    for (int round = 0; round < 50; round++) {
        if (round % N == (int)i)
            usleep(10000);
        at[i] = round;
        pthread_barrier_wait(&phase);
        wrong += at[(i + 1) % N] != round;
        pthread_barrier_wait(&phase);
    }
    return NULL;
}

int main(void)
{
    pthread_t thread[N];
    pthread_barrier_init(&phase, NULL, N);
    for (uintptr_t i = 0; i < N; i++)
        pthread_create(&thread[i], NULL, work, (void *)i);
    for (int i = 0; i < N; i++)
        pthread_join(thread[i], NULL);
    return wrong + pthread_barrier_destroy(&phase);
}
