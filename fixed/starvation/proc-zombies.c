/*
 * At every tick the daemon collects the jobs that have ended, without waiting for those
 * that have not. There are never more zombies than jobs that ended within one period.
 *
 * @repairs  starvation/zombies
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TICKS 160
#define PERIOD 5000000L /* nanoseconds from one tick to the next */
#define TOO_MANY 50

static void job(int tick)
{
    long sum = 0;
    for (int i = 0; i < 1000; i++)
        sum += i % (tick + 1);
    _exit(sum >= 0 ? 0 : 1);
}

static void start_job(int tick)
{
    pid_t child = fork();
    if (child < 0) {
        perror("fork");
        exit(1);
    }
    if (child == 0)
        job(tick);
}

/* Collects all children that have ended by now, and counts them. */
static int collect(void)
{
    int ended = 0;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ended++;
    return ended;
}

int main(void)
{
    const struct timespec period = {0, PERIOD};
    for (int tick = 0; tick < TICKS; tick++) {
        start_job(tick);
        collect(); /* FIX: clear up what has ended by now */
        nanosleep(&period, NULL);
    }

    int zombies = collect();
    while (wait(NULL) > 0)
        ;
    if (zombies > TOO_MANY) {
        fprintf(stderr, "%d zombies in the process table\n", zombies);
        return 1;
    }
    return 0;
}
