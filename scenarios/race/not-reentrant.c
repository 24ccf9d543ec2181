/*
 * Two threads turn moments into dates with gmtime, which gives every caller the
 * address of the same hidden structure.
 *
 * gmtime is the function that everyone learns for this, and nothing in the call shows
 * where its answer lives. The other thread's call puts another date into it before
 * this one has read its fields. The user sees files dated to the day of another file,
 * or to a mixture of both days.
 *
 * The twin calls gmtime_r, which fills a structure of the caller. localtime, strtok,
 * strerror and readdir have the same trap, and most of them the same cure.
 *
 * @hazard   race/not-reentrant
 * @concept  race, thread
 * @expect   tsan=caught helgrind=caught drd=caught watchdog=blind explorer=blind
 * @why      watchdog: it watches waiting, not memory
 * @why      explorer: the structure is written within the C library, where it sees no accesses
 * @explore  ROUNDS=2
 * @see      CWE-663
 */
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#define LISTERS 2
#define ROUNDS 2000

struct lister {
    time_t modified;
    int date; /* the right answer, as YYYYMMDD */
    long wrong;
};

static struct lister listers[LISTERS] = {{951782400, 20000229, 0}, {1735603200, 20241231, 0}};

static int date_of(time_t moment)
{
    struct tm *day = gmtime(&moment); /* HAZARD: the other thread gets the same structure */
    int year = day->tm_year + 1900;   /* HAZARD: which day is in it by now? */
    int month = day->tm_mon + 1;      /* HAZARD: and here? */

    return year * 10000 + month * 100 + day->tm_mday; /* HAZARD: and here? */
}

static void *list(void *argument)
{
    struct lister *lister = argument;

    for (int round = 0; round < ROUNDS; round++) {
        if (date_of(lister->modified) != lister->date)
            lister->wrong++;
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[LISTERS];
    long wrong = 0;

    for (int i = 0; i < LISTERS; i++)
        pthread_create(&threads[i], NULL, list, &listers[i]);
    for (int i = 0; i < LISTERS; i++) {
        pthread_join(threads[i], NULL);
        wrong += listers[i].wrong;
    }

    if (wrong > 0) {
        fprintf(stderr, "%ld of %d dates are wrong\n", wrong, LISTERS * ROUNDS);
        return 1;
    }
    return 0;
}
