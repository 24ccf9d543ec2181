/*
 * A semaphore is used as a lock, but starts with two permits since there are two
 * clerks: both are let in at once, and sell the same seat.
 *
 * The number in sem_init asks "how many?", and "two clerks" is an answer that looks
 * right. It is how many may be inside together, and a lock lets in one. Nothing fails:
 * the semaphore is waited for and posted as it should be. The user sees one seat on two
 * tickets on busy evenings.
 *
 * The twin starts it with one permit. A mutex cannot be started wrongly, and knows
 * besides who holds it: it is the better lock.
 *
 * @hazard   race/semaphore-one-too-many
 * @concept  race, semaphore, lock, thread, file
 * @expect   tsan=sometimes helgrind=caught drd=caught watchdog=blind explorer=caught
 * @why      tsan: a post orders what came before it, so it sees the race only where the clerks
 *           really overlap: 72 of 73 runs on a busy machine
 * @why      watchdog: it watches waiting, not memory
 * @explore  SEATS=2
 * @see      CWE-366, CWE-821
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
    if (next_seat < SEATS) { /* HAZARD: the other clerk is in here too */
        seat = next_seat;    /* HAZARD: and sells this seat */
        if (write(printer, &seat, sizeof seat) == sizeof seat)
            next_seat++; /* HAZARD: or skips the one after it */
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
    sem_init(&office, 0, CLERKS);
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
