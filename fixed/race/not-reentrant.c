/*
 * gmtime_r writes the date into a structure of the caller's: each thread has its own.
 *
 * @repairs  race/not-reentrant
 * @explore  ROUNDS=2
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
    struct tm own;
    struct tm *day = gmtime_r(&moment, &own); /* FIX: into a structure of our own */
    int year = day->tm_year + 1900;
    int month = day->tm_mon + 1;

    return year * 10000 + month * 100 + day->tm_mday;
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
