/*
 * A ticket shop swaps the holders of two seats. Which two is known only when the
 * request comes, and the clerk locks them in the order in which they are named.
 *
 * There is no line in the program that takes "seat 3, then seat 5": the order
 * comes from the customers, so reading the code shows one harmless function.
 * The two windows are served by turns here, the next customer only when the last
 * is done. With more trade, "3 for 5" and "5 for 3" come at the same moment, two
 * clerks wait for each other, and then the others for them.
 *
 * The twin locks the seat with the lower number first. One lock for all seats
 * would do, at the price of one swap at a time.
 *
 * @hazard   deadlock/lock-order
 * @concept  lock, thread, semaphore, deadlock
 * @expect   tsan=caught helgrind=caught drd=blind watchdog=caught explorer=blind
 * @why      drd: keeps no lock-order graph
 * @why      explorer: all orders of this program were run and none deadlocks: one clerk is asked
 *           at a time
 * @explore  REQUESTS=4
 * @see      CWE-833
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>

#define SEATS 6
#define REQUESTS 300
#define CLERKS 2

struct seat {
    pthread_mutex_t lock;
    int holder;
};

static struct seat seats[SEATS];
static struct window {
    sem_t asked, answered;
    int one, other; /* the seats to swap; one < 0: the shop closes */
} windows[CLERKS];

static void swap(int one, int other)
{
    pthread_mutex_lock(&seats[one].lock);
    pthread_mutex_lock(&seats[other].lock); /* HAZARD: in the order of the request */
    int holder = seats[one].holder;
    seats[one].holder = seats[other].holder;
    seats[other].holder = holder;
    pthread_mutex_unlock(&seats[other].lock);
    pthread_mutex_unlock(&seats[one].lock);
}

static void *clerk(void *arg)
{
    struct window *window = arg;
    for (;;) {
        sem_wait(&window->asked);
        if (window->one < 0)
            return NULL;
        swap(window->one, window->other);
        sem_post(&window->answered);
    }
}

/* A small generator of its own, so that every run has the same customers. */
static int pick(int below)
{
    static unsigned state = 7;
    state = state * 1103515245u + 12345u;
    return (int)(state >> 16) % below;
}

int main(void)
{
    pthread_t clerks[CLERKS];
    int found[SEATS] = {0};

    for (int i = 0; i < SEATS; i++) {
        pthread_mutex_init(&seats[i].lock, NULL);
        seats[i].holder = i;
    }
    for (int i = 0; i < CLERKS; i++) {
        sem_init(&windows[i].asked, 0, 0);
        sem_init(&windows[i].answered, 0, 0);
        pthread_create(&clerks[i], NULL, clerk, &windows[i]);
    }

    for (int i = 0; i < REQUESTS; i++) {
        struct window *window = &windows[i % CLERKS];
        window->one = pick(SEATS);
        window->other = (window->one + 1 + pick(SEATS - 1)) % SEATS;
        sem_post(&window->asked);
        sem_wait(&window->answered);
    }
    for (int i = 0; i < CLERKS; i++) {
        windows[i].one = -1;
        sem_post(&windows[i].asked);
        pthread_join(clerks[i], NULL);
    }

    for (int i = 0; i < SEATS; i++)
        found[seats[i].holder]++;
    for (int i = 0; i < SEATS; i++) {
        if (found[i] != 1) {
            fprintf(stderr, "customer %d has %d seats\n", i, found[i]);
            return 1;
        }
    }
    return 0;
}
