/*
 * N clerks each move one coin from one account to the next, round in a ring, every step under the
 * account's lock.
 *
 * Bug: what an account holds is read under the lock, and written under it again, but it is let go
 * in between: another clerk's coin is overwritten, and the sum is wrong.
 *
 * Follows the bank transfers (account, AccountSubType) of Farchi, Nir and Ur's bug patterns (IPDPS
 * 2003) and ConTest's suite. Smallest number of preemptions: 1.
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

static void change(int account, int by)
{
#ifdef FIXED
    pthread_mutex_lock(&locks[account]);
    balances[account] += by;
    pthread_mutex_unlock(&locks[account]);
#else
    pthread_mutex_lock(&locks[account]);
    int held = balances[account];
    pthread_mutex_unlock(&locks[account]);

    pthread_mutex_lock(&locks[account]);
    balances[account] = held + by;
    pthread_mutex_unlock(&locks[account]);
#endif
}

static void *transfer(void *number)
{
    int from = *(int *)number;

    change(from, -1);
    change((from + 1) % N, 1);
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
        pthread_create(&clerks[i], NULL, transfer, &numbers[i]);
    }
    for (int i = 0; i < N; i++)
        pthread_join(clerks[i], NULL);
    for (int i = 0; i < N; i++)
        sum += balances[i];
    assert(sum == N * OPENING);
    return 0;
}
