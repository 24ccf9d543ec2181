/*
 * The semaphore starts with one permit, so it lets in one clerk at a time.
 *
 * @repairs  race/semaphore-one-too-many
 * @explore  SEATS=2
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <unistd.h>

#define CLERKS 2
#define SEATS 20000

static pthread_barrier_t opening; /* all clerks are there */
static sem_t office;              /* the lock of what follows */
static int next_seat;             /* the first that is free */
static int printer;               /* file descriptor */

static int sell_seat(void)
{
    int seat = -1;

    sem_wait(&office);
    if (next_seat < SEATS) {
        seat = next_seat;
        if (write(printer, &seat, sizeof seat) == sizeof seat)
            next_seat++;
    }
    sem_post(&office);
    return seat;
}

static void *clerk(void *argument)
{
    char *sold = argument;

    pthread_barrier_wait(&opening);
    for (int seat = sell_seat(); seat >= 0; seat = sell_seat())
        sold[seat]++;
    return NULL;
}

int main(void)
{
    static char sold[CLERKS][SEATS];
    pthread_t clerks[CLERKS];
    FILE *tickets = tmpfile();
    int wrong = 0;

    if (tickets == NULL)
        return 1;
    printer = fileno(tickets);
    pthread_barrier_init(&opening, NULL, CLERKS);
    sem_init(&office, 0, 1); /* FIX: how many may be inside, not how many there are */
    for (int i = 0; i < CLERKS; i++)
        pthread_create(&clerks[i], NULL, clerk, sold[i]);
    for (int i = 0; i < CLERKS; i++)
        pthread_join(clerks[i], NULL);
    sem_destroy(&office);
    pthread_barrier_destroy(&opening);
    fclose(tickets);

    for (int seat = 0; seat < SEATS; seat++)
        wrong += sold[0][seat] + sold[1][seat] != 1;
    if (wrong > 0) {
        fprintf(stderr, "%d of %d seats were not sold once\n", wrong, SEATS);
        return 1;
    }
    return 0;
}
