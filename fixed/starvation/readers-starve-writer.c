/*
 * The lock is of the kind that lets no more readers in once a writer waits. Those that are
 * inside leave one after the other, and then it is the writer's turn: it waits for no longer
 * than one bill takes.
 *
 * @repairs  starvation/reader-preference
 * @explore  TILLS=2 GOODS=2 OPEN_SECONDS=0.00002 LATE_SECONDS=9
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
    pthread_rwlock_wrlock(&price_lock);
    price[good] = new_price;
    pthread_rwlock_unlock(&price_lock);
}

int main(void)
{
    pthread_t tills[TILLS];
    long turnover[TILLS] = {0};
    pthread_rwlockattr_t kind;
    pthread_rwlockattr_init(&kind);
    pthread_rwlockattr_setkind_np(&kind, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&price_lock, &kind); /* FIX: a writer that waits keeps new readers out */
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
