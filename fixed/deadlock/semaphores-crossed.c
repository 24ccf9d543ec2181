/*
 * Both jobs take the scanner first. Whoever has it gets the printer too, as no
 * one holds the printer while waiting for the scanner.
 *
 * @repairs  deadlock/semaphore-cycle
 * @explore  JOBS=2 DOTS=1
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
        sem_wait(&printer);
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
        sem_wait(&scanner); /* FIX: the scanner first, as in copy() */
        sem_wait(&printer);
        for (int k = 0; k < DOTS; k++)
            printed[k] = k % 2;
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
