/*
 * Both tellers now lock the account with the lower number first, so that
 * whoever holds the lower one can count on getting the higher one: nobody who
 * holds the higher one is waiting for the lower.
 *
 * @repairs  deadlock/lock-order
 * @explore  CUSTOMERS=2
 */
#include <pthread.h>
#include <stdio.h>

#define CUSTOMERS 200

struct account {
    pthread_mutex_t lock;
    long cents;
};

static struct account accounts[2] = {{PTHREAD_MUTEX_INITIALIZER, 100000},
                                     {PTHREAD_MUTEX_INITIALIZER, 100000}};

/* One customer at a time: the tellers take turns. */
static pthread_mutex_t hall = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t next_customer = PTHREAD_COND_INITIALIZER;
static int turn;

static void transfer(int from, int to, long cents)
{
    int low = from < to ? from : to; /* FIX: the same order, whichever way the money goes */
    pthread_mutex_lock(&accounts[low].lock);
    pthread_mutex_lock(&accounts[1 - low].lock);
    accounts[from].cents -= cents;
    accounts[to].cents += cents;
    pthread_mutex_unlock(&accounts[to].lock);
    pthread_mutex_unlock(&accounts[from].lock);
}

static void wait_for_turn(int teller)
{
    pthread_mutex_lock(&hall);
    while (turn != teller)
        pthread_cond_wait(&next_customer, &hall);
    pthread_mutex_unlock(&hall);
}

static void end_turn(int teller)
{
    pthread_mutex_lock(&hall);
    turn = 1 - teller;
    pthread_cond_signal(&next_customer);
    pthread_mutex_unlock(&hall);
}

static void *serve(void *arg)
{
    int teller = *(int *)arg;
    for (int i = 0; i < CUSTOMERS; i++) {
        wait_for_turn(teller);
        transfer(teller, 1 - teller, 100 + i);
        end_turn(teller);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[2];
    int tellers[2] = {0, 1};
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, serve, &tellers[i]);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);

    if (accounts[0].cents != 100000 || accounts[1].cents != 100000) {
        fprintf(stderr, "the accounts hold %ld and %ld cents instead of 100000 each\n",
                accounts[0].cents, accounts[1].cents);
        return 1;
    }
    return 0;
}
