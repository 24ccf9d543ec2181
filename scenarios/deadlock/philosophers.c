/*
 * Five philosophers sit round a table with a fork between each two of them. Each
 * takes the fork on his left, reads the menu, and takes the one on his right.
 * When all have their left fork, nobody ever gets a right one.
 *
 * All follow the same rule, which is what makes it look right and go wrong: a
 * circle of equals has no one who goes last. They dine well for a while; one
 * long look at the menu at the wrong moment is enough, and all five sit there
 * with one fork each. (Dijkstra set this as an examination question in 1965.)
 *
 * The twin has one philosopher take his right fork first, so that the forks are
 * taken in the order of their numbers. A waiter who seats only four at a time
 * (a semaphore of four) would do as well.
 *
 * @hazard   deadlock/lock-cycle
 * @concept  lock, thread, deadlock
 * @expect   tsan=caught helgrind=caught drd=blind watchdog=caught explorer=caught
 * @why      drd: keeps no lock-order graph
 * @explore  SEATS=3 MEALS=2 MENU=2
 * @see      CWE-833
 */
#include <pthread.h>
#include <stdio.h>

#define SEATS 5
#define MEALS 7000
#define MENU 1000

static pthread_barrier_t gong; /* calls all to table */
static pthread_mutex_t forks[SEATS];
static int meals[SEATS]; /* each written by its philosopher alone */
static int menu[MENU];   /* prices */

/* How many portions one could buy of all dishes together. */
static long read_menu(long purse)
{
    long portions = 0;
    for (int i = 0; i < MENU; i++)
        portions += purse / menu[i];
    return portions;
}

static void dine(int seat)
{
    int left = seat, right = (seat + 1) % SEATS;
    pthread_mutex_lock(&forks[left]);
    long portions = read_menu(100);
    pthread_mutex_lock(&forks[right]); /* HAZARD: all five may have their left fork now */
    if (portions > 0)
        meals[seat]++;
    pthread_mutex_unlock(&forks[right]);
    pthread_mutex_unlock(&forks[left]);
}

static void *philosopher(void *arg)
{
    int seat = *(int *)arg;
    pthread_barrier_wait(&gong);
    for (int i = 0; i < MEALS; i++)
        dine(seat);
    return NULL;
}

int main(void)
{
    pthread_t threads[SEATS];
    int seats[SEATS];

    for (int i = 0; i < MENU; i++)
        menu[i] = 5 + i % 20;
    for (int i = 0; i < SEATS; i++)
        pthread_mutex_init(&forks[i], NULL);
    /* Each one dines alone once, to find his place. */
    for (int i = 0; i < SEATS; i++)
        dine(i);

    pthread_barrier_init(&gong, NULL, SEATS);
    for (int i = 0; i < SEATS; i++) {
        seats[i] = i;
        pthread_create(&threads[i], NULL, philosopher, &seats[i]);
    }
    for (int i = 0; i < SEATS; i++)
        pthread_join(threads[i], NULL);

    for (int i = 0; i < SEATS; i++) {
        if (meals[i] != MEALS + 1) {
            fprintf(stderr, "philosopher %d had %d meals instead of %d\n", i, meals[i], MEALS + 1);
            return 1;
        }
    }
    return 0;
}
