/*
 * The tills of a shop read the price list under a read lock, one customer after the
 * other. There is always one till that is reading, so the office, which wants to change
 * one price, waits for the write lock until the shop has closed.
 *
 * A read-write lock is chosen because readers shall not wait for each other, and the
 * default one lets a reader in whenever no writer is inside, whoever waits. That is
 * harmless as long as all readers leave at some moment; with more tills, or longer bills,
 * that moment no longer comes. The customers pay the old price all day, the office's
 * program seems to hang, and both are fine again at night.
 *
 * The twin asks for the kind of lock that lets no more readers in once a writer waits.
 * Preparing a new list aside and exchanging one pointer would do too, or bills that are
 * made up outside of the lock.
 *
 * @hazard   starvation/reader-preference
 * @concept  starvation, rwlock, fairness, thread
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=blind
 * @why      tsan,helgrind,drd: every access is under the lock that belongs to it, and how long
 *           a thread waits for one is nothing that they measure
 * @why      explorer: its time is logical, and any thread may be kept waiting at will: who waits
 *           for long, and why, is nothing that it measures
 * @explore  TILLS=2 GOODS=2 OPEN_SECONDS=0.00002 LATE_SECONDS=9
 * @see      pthread_rwlockattr_setkind_np(3)
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <time.h>

#define TILLS 4
#define GOODS 500
#define OPEN_SECONDS 1.2
#define LATE_SECONDS 0.5

static pthread_rwlock_t price_lock;
static int price[GOODS];
static sem_t till_opened;
static double closing_time;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* One customer with a full cart. */
static long make_bill(void)
{
    long sum = 0;
    pthread_rwlock_rdlock(&price_lock);
    for (int round = 0; round < 100; round++)
        for (int i = 0; i < GOODS; i++)
            sum += price[i];
    pthread_rwlock_unlock(&price_lock);
    return sum;
}

static void *till(void *turnover)
{
    *(long *)turnover += make_bill();
    sem_post(&till_opened);
    while (now() < closing_time)
        *(long *)turnover += make_bill();
    return NULL;
}

static void change_price(int good, int new_price)
{
    pthread_rwlock_wrlock(&price_lock); /* HAZARD: there is always a reader inside */
    price[good] = new_price;
    pthread_rwlock_unlock(&price_lock);
}

int main(void)
{
    pthread_t tills[TILLS];
    long turnover[TILLS] = {0};
    pthread_rwlock_init(&price_lock, NULL);
    sem_init(&till_opened, 0, 0);
    closing_time = now() + OPEN_SECONDS;
    for (int i = 0; i < TILLS; i++)
        pthread_create(&tills[i], NULL, till, &turnover[i]);
    for (int i = 0; i < TILLS; i++)
        sem_wait(&till_opened);

    double asked = now();
    change_price(7, 99);
    double waited = now() - asked;

    for (int i = 0; i < TILLS; i++)
        pthread_join(tills[i], NULL);
    if (waited > LATE_SECONDS) {
        printf("the new price came %.1f s late\n", waited);
        return 1;
    }
    return 0;
}
