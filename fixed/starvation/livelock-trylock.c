/*
 * Both clerks lock the shelf with the lower number first and then the other one, and wait
 * for each. Who has the first lock gets the second as well, for nobody who has the second
 * waits for anything.
 *
 * @repairs  starvation/livelock
 * @explore  TRIES=2 ALONG_SHELF=1 TO_CUSTOMER=1 WORK_SECONDS=0.00003
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

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

static void walk(int steps)
{
    for (volatile int step = 0; step < steps; step++)
        ;
}

static bool move_one(struct clerk *clerk)
{
    pthread_mutex_lock(&shelves[0].lock); /* FIX: the lower number first, for both */
    pthread_mutex_lock(&shelves[1].lock);
    walk(ALONG_SHELF); /* to choose a piece */
    clerk->from->pieces--;
    clerk->to->pieces++;
    pthread_mutex_unlock(&shelves[1].lock);
    pthread_mutex_unlock(&shelves[0].lock);
    return true;
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
