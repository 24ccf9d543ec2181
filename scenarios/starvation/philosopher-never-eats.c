/*
 * Five philosophers, five forks, and each needs the two beside him. Nobody waits with a
 * fork in his hand: who cannot have both at once puts back what he has, thinks for a
 * while and looks again. So nobody can be deadlocked, and two of them eat all the time
 * while their neighbours never find both forks on the table.
 *
 * "All or nothing" is the textbook's cure for the deadlock at this table, and it is sound
 * as far as that goes. But who gives back stands in no queue. The one who has just eaten
 * is hungry at once and takes his forks again in the same instant; the others look at a
 * moment that is never the right one. The user sees requests that need one resource more
 * than others do, and of which some never end.
 *
 * In the twin who ate with a fork last leaves it to the neighbour. To let the hungry ones
 * queue for their forks, in one order for all, would do too if forks were passed on in the
 * order of arrival. To think after a meal as well would only make it unlikely: that the
 * others look at the right moment is left to luck.
 *
 * @hazard   starvation/hold-all-or-none
 * @concept  starvation, lock, fairness, thread
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=blind
 * @why      tsan,helgrind,drd: nobody blocks and nothing is raced for; who gets a lock how
 *           often is nothing that they count
 * @why      explorer: its time is logical, and any thread may be kept waiting at will: who waits
 *           for long, and why, is nothing that it measures
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

/* False if he cannot have both forks at once. */
static bool eat(struct philosopher *philosopher)
{
    if (pthread_mutex_trylock(&forks[philosopher->first]) != 0) /* HAZARD: taken each time */
        return false;
    if (pthread_mutex_trylock(&forks[philosopher->second]) != 0) { /* HAZARD: or this one is */
        pthread_mutex_unlock(&forks[philosopher->first]);
        return false;
    }
    have_a_meal(philosopher);
    pthread_mutex_unlock(&forks[philosopher->second]);
    pthread_mutex_unlock(&forks[philosopher->first]);
    return true;
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
