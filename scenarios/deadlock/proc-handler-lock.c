/*
 * A server counts its requests under a lock. A timer signal has the counts copied for
 * the display, and the handler takes the same lock. When the signal comes while the
 * lock is held, the handler waits for the very code that it has interrupted.
 *
 * A signal handler is not another thread. It runs on top of the one that it stopped,
 * which goes on only after the handler has returned; so a handler can never wait for
 * what that one holds. Locking in it looks like good manners, for the counts are
 * shared. In a quiet program the signal hardly ever comes at the wrong moment. The
 * user of a busy one sees the server stop after some hours.
 *
 * The twin's handler only notes that the time has come, and the loop copies the counts
 * itself. Blocking the signal while the lock is held would do too, and so would a
 * thread that waits for the signal with sigwait().
 *
 * @hazard   deadlock/lock-in-handler
 * @concept  signal, lock, process
 * @expect   tsan=missed helgrind=missed drd=sometimes watchdog=caught explorer=missed
 * @why      tsan: it reports a lock taken twice once the call has returned, and this one never does
 * @why      helgrind: it checks for a second lock by one thread only where it knows that the
 *           mutex is not a recursive one, which it learns from pthread_mutex_init() alone
 * @why      drd: 931 of 935 runs; it notes that a lock is taken once the call that took it has
 *           come back, and in the other four the signal came before that. Valgrind delivers a
 *           signal after so many blocks of code, and so the length of the environment decides
 * @why      explorer: signals of timers do not come under it, though they might between any two
 *           steps
 * @explore  REQUESTS=2 SIZE=2
 * @see      signal-safety(7), CWE-479, CWE-833
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>

#define REQUESTS 150000
#define SIZE 64

struct counts {
    long requests, checksum;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct counts counts; /* protected by lock */
static struct counts shown;  /* protected by lock */

static void show(void)
{
    pthread_mutex_lock(&lock); /* HAZARD: the code that we interrupt may hold it */
    shown = counts;
    pthread_mutex_unlock(&lock);
}

static void on_timer(int signal)
{
    (void)signal;
    show();
}

static void handle_request(const char *request)
{
    pthread_mutex_lock(&lock);
    counts.requests++;
    for (int i = 0; i < SIZE; i++)
        counts.checksum += request[i];
    pthread_mutex_unlock(&lock);
}

static void start_timer(void)
{
    struct sigaction action = {.sa_handler = on_timer, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &action, NULL);
    struct itimerval every = {{0, 1000}, {0, 1000}}; /* a millisecond */
    setitimer(ITIMER_REAL, &every, NULL);
}

static void stop_timer(void)
{
    struct itimerval never = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &never, NULL);
}

int main(void)
{
    char request[SIZE];
    for (int i = 0; i < SIZE; i++)
        request[i] = 1;

    start_timer();
    for (int i = 0; i < REQUESTS; i++)
        handle_request(request);
    stop_timer();

    show();
    if (shown.requests != REQUESTS || shown.checksum != (long)REQUESTS * SIZE) {
        fprintf(stderr, "%ld requests shown, not %d\n", shown.requests, REQUESTS);
        return 1;
    }
    return 0;
}
