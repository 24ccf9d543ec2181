/*
 * The clerk sorts the two numbers before locking: the order of the locks comes
 * from the hall's numbering now, no longer from the customer.
 *
 * @repairs  deadlock/lock-order
 * @explore  REQUESTS=4
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
    int low = one < other ? one : other; /* FIX: the lower seat first, however they are named */
    int high = one < other ? other : one;
    pthread_mutex_lock(&seats[low].lock);
    pthread_mutex_lock(&seats[high].lock);
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
