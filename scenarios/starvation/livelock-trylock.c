/*
 * Two clerks move goods between two shelves, one in each direction. Each locks the shelf
 * that he takes from and tries for the other one. If that is taken he is polite: he waits
 * a moment and tries again, and after 500 tries he begins anew. Each keeps his own shelf
 * meanwhile, so each finds the other's taken, again and again.
 *
 * To try and never to wait is what one does after a deadlock, and the deadlock is indeed
 * gone: nobody is blocked, all run. They just do not get on. The back-off is there and
 * still does not help, for what the other needs is given back only for an instant, and
 * never when he looks. The user sees a program that is neither hung nor done.
 *
 * The twin locks the shelf with the lower number first, whichever way the goods go, and
 * needs no tries at all. To give the own shelf back before one waits, and to wait for
 * random times, would do too.
 *
 * @hazard   starvation/livelock
 * @concept  livelock, starvation, lock, thread
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=missed
 * @why      tsan,drd: nobody blocks and every access is under both locks; that the tries
 *           lead nowhere is nothing that they count
 * @why      helgrind: as the others; what it says of the order of the two locks is about a
 *           deadlock, which cannot be where nobody waits
 * @why      explorer: it knows a livelock by a state that comes again, and this one counts its
 *           tries and asks the clock
 * @explore  TRIES=2 ALONG_SHELF=1 TO_CUSTOMER=1 WORK_SECONDS=0.00003
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#define TRIES 500
#define WORK_SECONDS 1.2
#define PATIENCE 1000
#define PIECES 1000000
#define ALONG_SHELF 500
#define TO_CUSTOMER 5000

struct shelf {
    pthread_mutex_t lock;
    long pieces;
};

struct clerk {
    struct shelf *from, *to;
    long in_vain, most_in_vain; /* tries in a row */
};

static struct shelf shelves[2] = {{PTHREAD_MUTEX_INITIALIZER, PIECES},
                                  {PTHREAD_MUTEX_INITIALIZER, PIECES}};
static double end_of_work;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* The back-off: politeness, not what the clerks agree by. */
static void wait_a_moment(void)
{
    struct timespec moment = {0, 100000};
    nanosleep(&moment, NULL);
}

static void walk(int steps)
{
    for (volatile int step = 0; step < steps; step++)
        ;
}

/* False if the other shelf was taken each time. */
static bool move_one(struct clerk *clerk)
{
    bool moved = false;
    pthread_mutex_lock(&clerk->from->lock);
    walk(ALONG_SHELF); /* to choose a piece */
    for (int i = 0; i < TRIES && !moved; i++) {
        int taken = pthread_mutex_trylock(&clerk->to->lock); /* HAZARD: by one who needs ours */
        if (!taken) {
            clerk->from->pieces--;
            clerk->to->pieces++;
            moved = true;
            pthread_mutex_unlock(&clerk->to->lock);
        } else {
            wait_a_moment();
            clerk->in_vain++;
        }
    }
    pthread_mutex_unlock(&clerk->from->lock);
    return moved;
}

static void *work(void *argument)
{
    struct clerk *clerk = argument;
    while (now() < end_of_work) {
        if (move_one(clerk)) {
            clerk->in_vain = 0;
            walk(TO_CUSTOMER); /* the next one */
        }
        if (clerk->in_vain > clerk->most_in_vain)
            clerk->most_in_vain = clerk->in_vain;
    }
    return NULL;
}

int main(void)
{
    struct clerk clerks[2] = {{.from = &shelves[0], .to = &shelves[1]},
                              {.from = &shelves[1], .to = &shelves[0]}};
    pthread_t threads[2];
    end_of_work = now() + WORK_SECONDS;
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, work, &clerks[i]);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    if (shelves[0].pieces + shelves[1].pieces != 2 * PIECES) {
        printf("goods were lost\n");
        return 1;
    }
    for (int i = 0; i < 2; i++)
        if (clerks[i].most_in_vain > PATIENCE) {
            printf("a clerk tried %ld times in a row in vain\n", clerks[i].most_in_vain);
            return 1;
        }
    return 0;
}
