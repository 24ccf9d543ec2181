/*
 * The flag is guarded by a mutex and waited for by a condition variable. The mutex puts
 * the table's writes before the flag in the waiting thread's eyes too, and the condition
 * lets it sleep instead of asking over and over.
 *
 * @repairs  race/volatile-flag
 * @explore  PRIMES=2
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

#define PRIMES 200

static int primes[PRIMES];
static bool ready; /* FIX: guarded by lock */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t got_ready = PTHREAD_COND_INITIALIZER;

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
            primes[found++] = number;
    }
    pthread_mutex_lock(&lock); /* FIX: what was written before is seen with the flag */
    ready = true;
    pthread_cond_signal(&got_ready);
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void wait_until_ready(void)
{
    pthread_mutex_lock(&lock);
    while (!ready)
        pthread_cond_wait(&got_ready, &lock);
    pthread_mutex_unlock(&lock);
}

int main(void)
{
    pthread_t loader;
    int wrong = 0;

    pthread_create(&loader, NULL, load, NULL);
    wait_until_ready();
    for (int i = 0; i < PRIMES; i++) {
        int prime = primes[i];
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
