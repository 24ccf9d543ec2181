/*
 * The parent reads until the pipe ends, which it does when the worker has ended, and
 * collects the worker only then. Nobody waits for a process that waits for a reader.
 *
 * @repairs  deadlock/join-before-drain
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
        if (write(results, &n, sizeof n) != sizeof n)
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

    int count = count_results(results[0]); /* FIX: first take what it made, then wait for it */
    waitpid(worker, NULL, 0);
    if (count != PRIMES) {
        fprintf(stderr, "%d primes below %d, not %d\n", count, LIMIT, PRIMES);
        return 1;
    }
    return 0;
}
