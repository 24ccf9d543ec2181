/*
 * A copy shop has one scanner and one printer, each guarded by a semaphore with
 * one permit. Copying takes the scanner and then the printer; calibrating takes
 * the printer and then the scanner. When both have their first machine, both wait
 * for ever.
 *
 * It is the same circle as with two locks, but tools that look at the order of
 * locks do not see it: a semaphore has no owner, and any thread may post it. Nor
 * does it help that there is "one permit each", as the permits are taken one by
 * one.
 *
 * The twin calibrates in the order in which one copies: scanner first. A single
 * semaphore for both machines would do as well.
 *
 * @hazard   deadlock/semaphore-cycle
 * @concept  semaphore, thread, deadlock
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=caught
 * @why      tsan,helgrind,drd: a semaphore has no holder for them, and is in no lock-order graph
 * @explore  JOBS=2 DOTS=1
 * @see      CWE-833
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>

#define JOBS 20000
#define DOTS 1000

static pthread_barrier_t opening;
static sem_t scanner, printer;
static int scanned[DOTS], printed[DOTS];
static long copies, calibrations; /* each by its own thread */

static void *copy(void *arg)
{
    (void)arg;
    pthread_barrier_wait(&opening);
    for (int i = 0; i < JOBS; i++) {
        sem_wait(&scanner);
        for (int k = 0; k < DOTS; k++)
            scanned[k] = i + k;
        sem_wait(&printer); /* HAZARD: taken by the calibration, which waits for the scanner */
        for (int k = 0; k < DOTS; k += 10)
            printed[k] = scanned[k];
        copies++;
        sem_post(&printer);
        sem_post(&scanner);
    }
    return NULL;
}

static void *calibrate(void *arg)
{
    (void)arg;
    pthread_barrier_wait(&opening);
    for (int i = 0; i < JOBS; i++) {
        sem_wait(&printer);
        for (int k = 0; k < DOTS; k++)
            printed[k] = k % 2;
        sem_wait(&scanner); /* HAZARD: taken by the copy, which waits for the printer */
        for (int k = 0; k < DOTS; k += 10)
            scanned[k] = printed[k];
        calibrations++;
        sem_post(&scanner);
        sem_post(&printer);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[2];

    pthread_barrier_init(&opening, NULL, 2);
    sem_init(&scanner, 0, 1);
    sem_init(&printer, 0, 1);
    pthread_create(&threads[0], NULL, copy, NULL);
    pthread_create(&threads[1], NULL, calibrate, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);

    if (copies != JOBS || calibrations != JOBS) {
        fprintf(stderr, "%ld copies and %ld calibrations instead of %d each\n", copies,
                calibrations, JOBS);
        return 1;
    }
    return 0;
}
