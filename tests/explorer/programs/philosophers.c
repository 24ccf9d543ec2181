/*
 * N philosophers at a round table, each takes the fork on the left, then the one on the right,
 * eats, and puts both back.
 *
 * Bug: if each holds the left fork nobody gets a right one. All N must meet, so it becomes rare
 * quickly as N grows: a deadlock of depth N.
 *
 * Follows Dijkstra's dining philosophers as CHESS has them (diningphil, Musuvathi et al., OSDI
 * 2008). Smallest number of preemptions: N - 1.
 */
#include <pthread.h>
#include <stddef.h>

#ifndef N
#define N 3
#endif

static pthread_mutex_t forks[N];
static int meals[N];

static void *dine(void *number)
{
    int self = *(int *)number;
    int left = self, right = (self + 1) % N;

#ifdef FIXED
    if (self == N - 1) { /* one of them begins on the other side */
        left = right;
        right = self;
    }
#endif
    pthread_mutex_lock(&forks[left]);
    pthread_mutex_lock(&forks[right]);
    meals[self]++;
    pthread_mutex_unlock(&forks[right]);
    pthread_mutex_unlock(&forks[left]);
    return NULL;
}

int main(void)
{
    pthread_t philosophers[N];
    int numbers[N];

    for (int i = 0; i < N; i++)
        pthread_mutex_init(&forks[i], NULL);
    for (int i = 0; i < N; i++) {
        numbers[i] = i;
        pthread_create(&philosophers[i], NULL, dine, &numbers[i]);
    }
    for (int i = 0; i < N; i++)
        pthread_join(philosophers[i], NULL);
    return 0;
}
