/*
 * A parent waits for its worker to end and then reads the results from the pipe.
 * The results are more than a pipe holds: the worker waits for somebody to read
 * before it can end.
 *
 * "Wait until it is finished, then take what it made" is how one thinks of a
 * worker, and with few results it works, because the pipe keeps them all. The same
 * trap stands behind every queue with a limited size: join a thread or process
 * only after what it still has to hand over was taken. The user sees a search that
 * works up to some size and above it hangs.
 *
 * The twin reads to the end first and then waits. A file for the results, or
 * shared memory of a known size, would do too.
 *
 * @hazard   deadlock/join-before-drain
 * @concept  process, pipe, queue
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=blind
 * @why      tsan,helgrind,drd: waitpid() and a full pipe are no locks to them, and parent and
 *           worker are two programs that they never see together
 * @why      explorer: it follows one process, and ends where this program makes a second one
 * @see      pipe(7), waitpid(2), CWE-833
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT 400000
#define PRIMES 33860 /* so many primes are below the limit: about 132 KiB of results */

static void die(const char *what)
{
    perror(what);
    exit(2);
}

/* The sieve of Eratosthenes; sends each prime as it is found. */
static void find_primes(int results)
{
    static char crossed_out[LIMIT];
    for (int n = 2; n < LIMIT; n++) {
        if (crossed_out[n])
            continue;
        if (write(results, &n, sizeof n) != sizeof n) /* HAZARD: full, and nobody reads yet */
            die("write");
        for (int multiple = 2 * n; multiple < LIMIT; multiple += n)
            crossed_out[multiple] = 1;
    }
}

static int count_results(int results)
{
    int prime, count = 0;
    while (read(results, &prime, sizeof prime) == sizeof prime)
        count++;
    return count;
}

int main(void)
{
    int results[2];
    if (pipe(results) != 0)
        die("pipe");

    pid_t worker = fork();
    if (worker == 0) {
        close(results[0]);
        find_primes(results[1]);
        _exit(0);
    }
    close(results[1]);

    waitpid(worker, NULL, 0); /* HAZARD: the worker cannot end before its results are read */
    int count = count_results(results[0]);
    if (count != PRIMES) {
        fprintf(stderr, "%d primes below %d, not %d\n", count, LIMIT, PRIMES);
        return 1;
    }
    return 0;
}
