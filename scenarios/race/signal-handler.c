/*
 * A server shows its statistics on SIGUSR1, and its handler reads them there and then,
 * while a worker thread is changing them.
 *
 * A handler runs inside of whatever was going on, and it cannot take a lock: if the
 * interrupted code held it, it would wait for itself. So it reads without one. That
 * seems to do no harm, until it comes between two changes that belong together. The
 * user sees requests and bytes that do not fit, and hunts for a bug in the counting.
 *
 * In the twin the handler only sets a flag of the one type that is meant for it, and the
 * main loop shows the statistics, under the lock. To block the signal and take it by
 * sigwait or signalfd would be right as well.
 *
 * @hazard   race/signal-handler
 * @concept  race, signal, lock, thread
 * @expect   tsan=caught helgrind=caught drd=caught watchdog=blind explorer=caught
 * @why      watchdog: it watches waiting, not memory
 * @explore  REQUESTS=2 ASKED=2
 * @see      CWE-364
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

static void show_statistics(void)
{
    long shown_requests = requests; /* HAZARD: the worker may be between its two lines */
    long shown_bytes = bytes;       /* HAZARD: or have gone on since */

    if (shown_bytes != shown_requests * BYTES)
        misfits++;
}

static void on_signal(int signal)
{
    (void)signal;
    show_statistics();
}

static void *work(void *unused)
{
    (void)unused;
    for (int i = 0; i < REQUESTS; i++) {
        pthread_mutex_lock(&lock);
        requests++;     /* HAZARD: the handler does not take the lock */
        bytes += BYTES; /* HAZARD: and may see one changed without the other */
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
    for (int i = 0; i < ASKED; i++)
        raise(SIGUSR1); /* as an operator would with kill */
    pthread_join(worker, NULL);

    if (misfits > 0) {
        fprintf(stderr, "%d of %d times the numbers did not fit\n", (int)misfits, ASKED);
        return 1;
    }
    return 0;
}
