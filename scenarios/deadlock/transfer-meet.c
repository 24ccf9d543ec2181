/*
 * Standing orders move money between two accounts in opposite directions, each
 * locking the account it takes from and then the one it gives to. Sooner or
 * later both have their first account and wait for their second.
 *
 * "Lock what you change, in the order in which you change it" sounds right, and
 * one transfer alone is right. Between the two locks the program looks at the
 * month's bookings to check a limit, which makes the gap wide enough for the
 * other thread. What one sees: the bank stops booking, with no error and no
 * load on the machine.
 *
 * The twin always locks the lower account first. A lock for all accounts, or
 * pthread_mutex_trylock with starting again, would do as well.
 *
 * @hazard   deadlock/lock-cycle
 * @concept  lock, thread, deadlock
 * @expect   tsan=caught helgrind=caught drd=blind watchdog=caught explorer=caught
 * @why      drd: keeps no lock-order graph
 * @explore  TRANSFERS=2 BOOKINGS=2
 * @see      CWE-833
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
    pthread_mutex_lock(&accounts[from].lock);
    int allowed = within_limit(&accounts[from]);
    pthread_mutex_lock(&accounts[to].lock); /* HAZARD: its holder may wait for ours */
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
