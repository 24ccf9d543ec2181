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
 * @explore  BITES=2 EVENING_SECONDS=0.00005 LATE_SECONDS=9
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#define SEATS 5
#define BITES 300000
#define EVENING_SECONDS 1.2
#define LATE_SECONDS 0.5

struct philosopher {
    int first, second; /* his forks, the lower number first */
    long meals;
    double hunger; /* the longest that he went without a meal */
};

static pthread_mutex_t forks[SEATS] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
                                       PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
                                       PTHREAD_MUTEX_INITIALIZER};
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

/* False if he cannot have both forks at once. */
static bool eat(struct philosopher *philosopher)
{
    if (pthread_mutex_trylock(&forks[philosopher->first]) != 0) /* HAZARD: taken each time */
        return false;
    if (pthread_mutex_trylock(&forks[philosopher->second]) != 0) { /* HAZARD: or this one is */
        pthread_mutex_unlock(&forks[philosopher->first]);
        return false;
    }
    for (volatile int bite = 0; bite < BITES; bite++)
        ;
    pthread_mutex_unlock(&forks[philosopher->second]);
    pthread_mutex_unlock(&forks[philosopher->first]);
    return true;
}

static void *dine(void *argument)
{
    struct philosopher *philosopher = argument;
    double last = now();
    while (now() < end_of_evening) {
        if (eat(philosopher)) {
            philosopher->meals++;
            last = now();
        } else {
            think();
        }
        if (now() - last > philosopher->hunger)
            philosopher->hunger = now() - last;
    }
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
    for (int i = 0; i < SEATS; i++)
        if (table[i].hunger > LATE_SECONDS)
            hungry++;
    if (hungry > 0)
        printf("%d of %d philosophers went without a meal for too long\n", hungry, SEATS);
    return hungry > 0;
}
