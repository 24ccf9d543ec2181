/*
 * Three agents of a travel agency each book two things at once and lock the two
 * desks for it: flight then hotel, hotel then car, car then flight. The orders
 * close a circle, though no two agents ever take the same two desks.
 *
 * Nobody sees this by comparing any two of them: each pair of agents shares one
 * desk only. A traveller's folder goes from agent to agent through pipes, and
 * the agency has one folder at a time, so nothing happens here. With three
 * folders under way each agent holds one desk and waits for the next agent's.
 *
 * The twin gives the desks a rank (flight, hotel, car) and books in that order.
 * Giving up the first desk before locking the second would do too, if the two
 * bookings need not be one step.
 *
 * @hazard   deadlock/lock-order
 * @concept  lock, thread, pipe, deadlock
 * @expect   tsan=caught helgrind=caught drd=blind watchdog=caught explorer=blind
 * @why      drd: keeps no lock-order graph
 * @why      explorer: all orders of this program were run and none deadlocks: one folder goes
 *           round
 * @explore  TRAVELLERS=2
 * @see      CWE-833
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
    pthread_mutex_lock(&desks[second].lock); /* HAZARD: the three orders close a circle */
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
    struct agent agents[3] = {{FLIGHT, HOTEL, 0, 0}, {HOTEL, CAR, 0, 0}, {CAR, FLIGHT, 0, 0}};
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
