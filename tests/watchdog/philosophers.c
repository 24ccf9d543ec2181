/*
 * Five philosophers, the last of whom takes the other fork first.
 * says: nothing
 */
#include <pthread.h>
#include <stdint.h>
#include <unistd.h>

#define N 5

static pthread_mutex_t fork_at[N];
static int meals[N];

static void *dine(void *seat)
{
    uintptr_t i = (uintptr_t)seat;
    pthread_mutex_t *left = &fork_at[i], *right = &fork_at[(i + 1) % N];
    for (int meal = 0; meal < 60; meal++) {
        pthread_mutex_lock(i == N - 1 ? right : left);
        pthread_mutex_lock(i == N - 1 ? left : right);
        meals[i]++;
        usleep(1000);
        pthread_mutex_unlock(left);
        pthread_mutex_unlock(right);
    }
    return NULL;
}

int main(void)
{
    pthread_t guest[N];
    int eaten = 0;
    for (int i = 0; i < N; i++)
        pthread_mutex_init(&fork_at[i], NULL);
    for (uintptr_t i = 0; i < N; i++)
        pthread_create(&guest[i], NULL, dine, (void *)i);
    for (int i = 0; i < N; i++) {
        pthread_join(guest[i], NULL);
        eaten += meals[i];
    }
    return eaten != 60 * N;
}
