/*
 * A loader tells the main thread that its table is ready through a flag that is only
 * `volatile`, as if that made threads agree on anything.
 *
 * volatile keeps the compiler from dropping the loop that waits, so the program works
 * where it did not without it, and the myth lives on. It says nothing of other
 * memory: compiler and processor may move the table's writes behind the flag's. The
 * user of an x86 machine sees nothing wrong at all; on other processors the table is
 * sometimes empty when the flag says that it is full. And it burns a processor to wait.
 *
 * The twin waits on a condition variable under a mutex, which orders memory and
 * sleeps. An atomic flag, stored with release and loaded with acquire, is right too.
 *
 * @hazard   race/volatile-flag
 * @concept  race, thread, condition, memory-order
 * @expect   tsan=caught helgrind=caught drd=caught watchdog=blind explorer=caught
 * @why      watchdog: it watches waiting, not memory
 * @explore  PRIMES=2
 * @see      CWE-366, CWE-820
 */
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>

#define PRIMES 200

static int primes[PRIMES];
static volatile bool ready;

static bool is_prime(int number)
{
    for (int divisor = 2; divisor * divisor <= number; divisor++) {
        if (number % divisor == 0)
            return false;
    }
    return true;
}

static void *load(void *unused)
{
    int found = 0;

    (void)unused;
    for (int number = 2; found < PRIMES; number++) {
        if (is_prime(number))
            primes[found++] = number; /* HAZARD: may be seen after the flag */
    }
    ready = true; /* HAZARD: volatile orders nothing between threads */
    return NULL;
}

static void wait_until_ready(void)
{
    while (!ready)     /* HAZARD: volatile only makes it be read again */
        sched_yield(); /* the loader may need this processor */
}

int main(void)
{
    pthread_t loader;
    int wrong = 0;

    pthread_create(&loader, NULL, load, NULL);
    wait_until_ready();
    for (int i = 0; i < PRIMES; i++) {
        int prime = primes[i]; /* HAZARD: nothing says that it was written before */
        if (prime < 2 || !is_prime(prime))
            wrong++;
    }
    pthread_join(loader, NULL);

    if (wrong > 0) {
        fprintf(stderr, "%d of %d entries were not there yet\n", wrong, PRIMES);
        return 1;
    }
    return 0;
}
