/*
 * Both directions lock account 0 first. Whoever has it gets account 1 as well,
 * as nobody can hold that one and still be waiting for account 0.
 *
 * @repairs  deadlock/lock-cycle
 * @explore  TRANSFERS=2 BOOKINGS=2
 */
#include <pthread.h>
#include <stdio.h>

#define TRANSFERS 20000
#define BOOKINGS 1000

struct account {
    pthread_mutex_t lock;
    long cents;
    int bookings[BOOKINGS]; /* of this month */
    int booked;
};

static struct account accounts[2] = {{.lock = PTHREAD_MUTEX_INITIALIZER, .cents = 1000000},
                                     {.lock = PTHREAD_MUTEX_INITIALIZER, .cents = 1000000}};
static pthread_barrier_t opening;

static int within_limit(const struct account *account)
{
    long spent = 0;
    for (int i = 0; i < BOOKINGS; i++)
        spent += account->bookings[i];
    return spent <= 100000;
}

static void transfer(int from, int to, int cents)
{
    pthread_mutex_lock(&accounts[0].lock); /* FIX: the same order, whichever way the money goes */
    pthread_mutex_lock(&accounts[1].lock);
    int allowed = within_limit(&accounts[from]);
    if (allowed) {
        accounts[from].cents -= cents;
        accounts[to].cents += cents;
        accounts[from].bookings[accounts[from].booked++ % BOOKINGS] = cents;
    }
    pthread_mutex_unlock(&accounts[to].lock);
    pthread_mutex_unlock(&accounts[from].lock);
}

static void *standing_orders(void *arg)
{
    int from = *(int *)arg;
    pthread_barrier_wait(&opening);
    for (int i = 0; i < TRANSFERS; i++)
        transfer(from, 1 - from, 1 + i % 100);
    return NULL;
}

int main(void)
{
    pthread_t threads[2];
    int from[2] = {0, 1};

    /* A cent there and back, to see that both accounts are open. */
    transfer(0, 1, 1);
    transfer(1, 0, 1);

    pthread_barrier_init(&opening, NULL, 2);
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, standing_orders, &from[i]);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);

    long sum = accounts[0].cents + accounts[1].cents;
    if (sum != 2000000) {
        fprintf(stderr, "the accounts hold %ld cents together instead of 2000000\n", sum);
        return 1;
    }
    return 0;
}
