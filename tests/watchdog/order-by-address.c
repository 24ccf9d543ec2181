/*
 * Transfers between many accounts, in both directions: both locks are taken in order of address.
 * says: nothing
 */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#define ACCOUNTS 200

static struct {
    pthread_mutex_t lock;
    long balance;
} account[ACCOUNTS];

static void transfer(int from, int to, long amount)
{
    int low = from < to ? from : to, high = from < to ? to : from;
    if (low == high)
        return;
    pthread_mutex_lock(&account[low].lock);
    pthread_mutex_lock(&account[high].lock);
    account[from].balance -= amount;
    account[to].balance += amount;
    pthread_mutex_unlock(&account[high].lock);
    pthread_mutex_unlock(&account[low].lock);
}

static void *trade(void *seed)
{
    unsigned state = (unsigned)(uintptr_t)seed;
    for (int i = 0; i < 20000; i++) {
        int from = rand_r(&state) % ACCOUNTS, to = rand_r(&state) % ACCOUNTS;
        transfer(from, to, 1 + i % 7);
    }
    return NULL;
}

int main(void)
{
    pthread_t thread[4];
    long sum = 0;
    for (int i = 0; i < ACCOUNTS; i++)
        pthread_mutex_init(&account[i].lock, NULL);
    for (uintptr_t i = 0; i < 4; i++)
        pthread_create(&thread[i], NULL, trade, (void *)(i + 1));
    for (int i = 0; i < 4; i++)
        pthread_join(thread[i], NULL);
    for (int i = 0; i < ACCOUNTS; i++)
        sum += account[i].balance;
    return sum != 0;
}
