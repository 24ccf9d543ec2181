/*
 * Whoever ate with a fork last leaves it to the neighbour, who has been hungry for longer. He
 * takes both forks in the order of their numbers, sees whether it is his turn with both, and
 * thinks if not. Of any two neighbours the hungrier one comes first, so the hungriest of all
 * can always eat, and each after him in turn: between two meals of one each neighbour has one,
 * whatever moment they look at.
 *
 * @repairs  starvation/hold-all-or-none
 * @explore  BITES=2 EVENING_SECONDS=0.000007 TOO_OFTEN=999
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#define SEATS 5
#define BITES 300000
#define EVENING_SECONDS 2.0
#define TOO_OFTEN 100 /* meals of the neighbours between two of one's own */

struct philosopher {
    int first, second; /* his forks, the lower number first */
    long meals;
    long seen;   /* meals of his neighbours before his last one */
    long passed; /* the most that they had between two of his */
};

static pthread_mutex_t forks[SEATS] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
                                       PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
                                       PTHREAD_MUTEX_INITIALIZER};
static struct philosopher *used_by[SEATS]; /* who ate with a fork last; the fork's lock guards it */
/* Each under the fork's lock. */
static long meals_with[SEATS];
static double end_of_evening;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Before he looks again: nobody calls him when a fork is laid down. */
static void think(void)
{
    struct timespec while_thinking = {0, 2000000};
    nanosleep(&while_thinking, NULL);
}

/* With both forks in hand, or when all have gone home. */
static void count_neighbours(struct philosopher *philosopher)
{
    long seen = meals_with[philosopher->first] + meals_with[philosopher->second];
    seen -= 2 * philosopher->meals;
    if (seen - philosopher->seen > philosopher->passed)
        philosopher->passed = seen - philosopher->seen;
    philosopher->seen = seen;
}

static void have_a_meal(struct philosopher *philosopher)
{
    count_neighbours(philosopher);
    for (volatile int bite = 0; bite < BITES; bite++)
        ;
    philosopher->meals++;
    meals_with[philosopher->first]++;
    meals_with[philosopher->second]++;
}

/* False if a neighbour is hungrier. */
static bool eat(struct philosopher *philosopher)
{
    int first = philosopher->first, second = philosopher->second;
    pthread_mutex_lock(&forks[first]);
    pthread_mutex_lock(&forks[second]);
    bool turn = used_by[first] != philosopher && used_by[second] != philosopher;
    if (turn) { /* FIX: not twice in a row with the same fork */
        have_a_meal(philosopher);
        used_by[first] = used_by[second] = philosopher;
    }
    pthread_mutex_unlock(&forks[second]);
    pthread_mutex_unlock(&forks[first]);
    return turn;
}

static void *dine(void *argument)
{
    while (now() < end_of_evening)
        if (!eat(argument))
            think();
    return NULL;
}

int main(void)
{
    struct philosopher table[SEATS] = {{.first = 0, .second = 1},
                                       {.first = 1, .second = 2},
                                       {.first = 2, .second = 3},
                                       {.first = 3, .second = 4},
                                       {.first = 0, .second = 4}};
    pthread_t threads[SEATS];
    int hungry = 0;
    end_of_evening = now() + EVENING_SECONDS;
    for (int i = 0; i < SEATS; i++)
        pthread_create(&threads[i], NULL, dine, &table[i]);
    for (int i = 0; i < SEATS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < SEATS; i++) {
        count_neighbours(&table[i]);
        if (table[i].passed > TOO_OFTEN)
            hungry++;
    }
    if (hungry > 0)
        printf("%d of %d philosophers saw their neighbours eat more than %d times in between\n",
               hungry, SEATS, TOO_OFTEN);
    return hungry > 0;
}
