/*
 * A shop reads its price list under a read lock: total() takes it for the whole
 * order and calls price(), which takes it again. The lock lets waiting writers go
 * first. If one comes between the two, the second read lock waits for him, and he
 * waits for the first.
 *
 * Read locks may be held several times over, so a second one seems to cost
 * nothing; with the default kind of lock, which lets readers pass, it works.
 * Somebody then sets the other kind so that price changes get through. From that
 * day the shop hangs now and then, and it is always a reader who is stuck behind
 * a lock that only readers hold.
 *
 * The twin reads the price directly, as its caller has the lock already. The
 * kind that lets readers pass would bring back the starving of the writer.
 *
 * @hazard   deadlock/recursive-read
 * @concept  rwlock, thread, fairness, deadlock
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=caught
 * @why      tsan,helgrind,drd: to them a second read lock by the same thread is always granted;
 *           that it may have to wait behind a writer is not in their model
 * @explore  ARTICLES=2 ORDERS=2 CHANGES=2
 * @see      CWE-833
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
    pthread_rwlock_rdlock(&lock); /* HAZARD: behind a writer, who waits for our first read lock */
    int cents = prices[article];
    pthread_rwlock_unlock(&lock);
    return cents;
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
    pthread_rwlock_wrlock(&lock); /* HAZARD: waits for a reader, who waits behind us */
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
