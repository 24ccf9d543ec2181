/*
 * The price is read under the one read lock that total() holds. No reader waits
 * while it holds the lock, so a writer always gets his turn.
 *
 * @repairs  deadlock/recursive-read
 * @explore  ARTICLES=2 ORDERS=2 CHANGES=2
 */
#include <pthread.h>
#include <stdio.h>

#define ARTICLES 50
#define ORDERS 10000
#define CHANGES 100000000 /* far more than there is time for */

static pthread_rwlock_t lock;
static int prices[ARTICLES];
static int closed;

static int price(int article)
{
    return prices[article]; /* FIX: the caller holds the lock */
}

/* What an order comes to: one of each article, all at the prices of one moment. */
static long total(void)
{
    long sum = 0;
    pthread_rwlock_rdlock(&lock);
    for (int i = 0; i < ARTICLES; i++)
        sum += price(i);
    pthread_rwlock_unlock(&lock);
    return sum;
}

static void *sell(void *arg)
{
    int *wrong = arg;
    for (int i = 0; i < ORDERS; i++)
        *wrong += total() % ARTICLES != 0;
    pthread_rwlock_wrlock(&lock);
    closed = 1;
    pthread_rwlock_unlock(&lock);
    return NULL;
}

/* Sets all prices; 0 once the shop is closed. */
static int set_prices(int cents)
{
    pthread_rwlock_wrlock(&lock);
    for (int i = 0; i < ARTICLES; i++)
        prices[i] = cents;
    int open = !closed;
    pthread_rwlock_unlock(&lock);
    return open;
}

int main(void)
{
    pthread_rwlockattr_t attributes;
    pthread_t seller;
    int wrong = 0;

    pthread_rwlockattr_init(&attributes);
    pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&lock, &attributes);

    pthread_create(&seller, NULL, sell, &wrong);
    for (int change = 1; change <= CHANGES && set_prices(change % 100); change++)
        ;
    pthread_join(seller, NULL);

    if (wrong != 0) {
        fprintf(stderr, "%d orders at prices of two moments\n", wrong);
        return 1;
    }
    return 0;
}
