/*
 * A periodic daemon starts a job at every tick and never asks how it ended. Each job
 * that has ended stays in the system's table of processes as a zombie, and after a
 * while the table has no place left for anybody.
 *
 * When a process ends, its exit status is kept until the parent collects it with
 * wait(). Who has no use for the status tends to forget that collecting it is also
 * what clears up. With one job in a test there is one zombie, and it vanishes with the
 * daemon's own end; a daemon that does not end collects them for weeks. Then fork()
 * fails, for the daemon and for everybody else on the machine.
 *
 * The twin collects at every tick whatever has ended. Setting SIGCHLD to SIG_IGN would
 * do too: then the kernel keeps no zombies of this process.
 *
 * @hazard   starvation/zombies
 * @concept  starvation, process, daemon
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=blind
 * @why      tsan,helgrind,drd: dead children take no lock and touch no data; process tables
 *           are the kernel's and none of their business
 * @why      explorer: it follows one process, and ends where this program makes a second one
 * @see      wait(2), fork(2), CWE-772
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
    pid_t child = fork(); /* HAZARD: a child that nobody will collect */
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
