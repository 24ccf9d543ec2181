/*
 * N clerks each transfer from one account to the next in a ring, with both accounts locked.
 *
 * Bug: each locks the account from which it pays first: round the ring each waits for the next.
 *
 * Follows no one program: the philosophers, in the clothes in which they are met. Smallest number
 * of preemptions: N - 1.
 */
#include <assert.h>
#include <pthread.h>
#include <stddef.h>

#ifndef N
#define N 2
#endif
#define OPENING 10

static int balances[N];
static pthread_mutex_t locks[N];

static void transfer(int from, int to, int amount)
{
    int first = from, second = to;

#ifdef FIXED
    if (first > second) {
        first = to;
        second = from;
    }
#endif
    pthread_mutex_lock(&locks[first]);
    pthread_mutex_lock(&locks[second]);
    balances[from] -= amount;
    balances[to] += amount;
    pthread_mutex_unlock(&locks[second]);
    pthread_mutex_unlock(&locks[first]);
}

static void *work(void *number)
{
    int self = *(int *)number;

    transfer(self, (self + 1) % N, 1);
    return NULL;
}

int main(void)
{
    pthread_t clerks[N];
    int numbers[N], sum = 0;

    for (int i = 0; i < N; i++) {
        pthread_mutex_init(&locks[i], NULL);
        balances[i] = OPENING;
    }
    for (int i = 0; i < N; i++) {
        numbers[i] = i;
        pthread_create(&clerks[i], NULL, work, &numbers[i]);
    }
    for (int i = 0; i < N; i++)
        pthread_join(clerks[i], NULL);
    for (int i = 0; i < N; i++)
        sum += balances[i];
    assert(sum == N * OPENING);
    return 0;
}
