/*
 * The handler only sets a flag of type volatile sig_atomic_t. The main loop sees the flag
 * and shows the statistics, outside of the handler, where it may take the lock.
 *
 * @repairs  race/signal-handler
 * @explore  REQUESTS=2 ASKED=2
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>

#define REQUESTS 10000
#define ASKED 1000
#define BYTES 512

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long requests, bytes;          /* guarded by lock */
static volatile sig_atomic_t misfits; /* how often shown numbers did not fit */
static volatile sig_atomic_t asked;

static void show_statistics(void)
{
    long shown_requests, shown_bytes;

    pthread_mutex_lock(&lock); /* FIX: allowed here: this is no handler any more */
    shown_requests = requests;
    shown_bytes = bytes;
    pthread_mutex_unlock(&lock);

    if (shown_bytes != shown_requests * BYTES)
        misfits++;
}

static void on_signal(int signal)
{
    (void)signal;
    asked = 1; /* FIX: and nothing else */
}

static void *work(void *unused)
{
    (void)unused;
    for (int i = 0; i < REQUESTS; i++) {
        pthread_mutex_lock(&lock);
        requests++;
        bytes += BYTES;
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

static pthread_t start_worker(void)
{
    pthread_t worker;
    sigset_t usr1;

    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &usr1, NULL); /* the signal is for the main thread */
    pthread_create(&worker, NULL, work, NULL);
    pthread_sigmask(SIG_UNBLOCK, &usr1, NULL);
    return worker;
}

int main(void)
{
    pthread_t worker;

    signal(SIGUSR1, on_signal);
    worker = start_worker();
    for (int i = 0; i < ASKED; i++) {
        raise(SIGUSR1); /* as an operator would with kill */
        if (asked) {    /* FIX: what the handler did is done here */
            asked = 0;
            show_statistics();
        }
    }
    pthread_join(worker, NULL);

    if (misfits > 0) {
        fprintf(stderr, "%d of %d times the numbers did not fit\n", (int)misfits, ASKED);
        return 1;
    }
    return 0;
}
