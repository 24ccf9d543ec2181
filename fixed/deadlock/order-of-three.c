/*
 * The third agent books the flight before the car. All three now lock the desks
 * in the order of their rank, and a circle needs one who goes down in rank.
 *
 * @repairs  deadlock/lock-order
 * @explore  TRAVELLERS=2
 */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#define TRAVELLERS 50

enum { FLIGHT, HOTEL, CAR, DESKS };

struct desk {
    pthread_mutex_t lock;
    int booked;
};

static struct desk desks[DESKS] = {
    {PTHREAD_MUTEX_INITIALIZER, 0}, {PTHREAD_MUTEX_INITIALIZER, 0}, {PTHREAD_MUTEX_INITIALIZER, 0}};

struct agent {
    int first, second; /* the desks where he books, in that order */
    int in, out;       /* the pipes by which the folder comes and goes */
};

/* Both bookings or none: the two desks are locked together. */
static void book(int first, int second)
{
    pthread_mutex_lock(&desks[first].lock);
    pthread_mutex_lock(&desks[second].lock);
    desks[first].booked++;
    desks[second].booked++;
    pthread_mutex_unlock(&desks[second].lock);
    pthread_mutex_unlock(&desks[first].lock);
}

static void *sell(void *arg)
{
    struct agent *me = arg;
    char folder;
    for (int i = 0; i < TRAVELLERS; i++) {
        if (read(me->in, &folder, 1) != 1)
            break;
        book(me->first, me->second);
        if (write(me->out, &folder, 1) != 1)
            break;
    }
    return NULL;
}

int main(void)
{
    struct agent agents[3] = {
        {FLIGHT, HOTEL, 0, 0}, {HOTEL, CAR, 0, 0}, {FLIGHT, CAR, 0, 0}}; /* FIX: by rank */
    int pipes[4][2];
    pthread_t threads[3];

    for (int i = 0; i < 4; i++) {
        if (pipe(pipes[i]) != 0)
            return 1;
    }
    for (int i = 0; i < 3; i++) {
        agents[i].in = pipes[i][0];
        agents[i].out = pipes[i + 1][1];
        pthread_create(&threads[i], NULL, sell, &agents[i]);
    }
    for (int i = 0; i < TRAVELLERS; i++) {
        char folder = 'f';
        if (write(pipes[0][1], &folder, 1) != 1 || read(pipes[3][0], &folder, 1) != 1)
            return 1;
    }
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);

    for (int i = 0; i < DESKS; i++) {
        if (desks[i].booked != 2 * TRAVELLERS) {
            fprintf(stderr, "desk %d booked %d instead of %d\n", i, desks[i].booked,
                    2 * TRAVELLERS);
            return 1;
        }
    }
    return 0;
}
