/*
 * The handler sets a flag, which is all that a handler may safely do to data, and the loop
 * copies the counts when it sees the flag. The lock is taken only by code that can wait.
 *
 * @repairs  deadlock/lock-in-handler
 * @explore  REQUESTS=2 SIZE=2
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

static volatile sig_atomic_t time_to_show;

static void show(void)
{
    pthread_mutex_lock(&lock);
    shown = counts;
    pthread_mutex_unlock(&lock);
}

static void on_timer(int signal)
{
    (void)signal;
    time_to_show = 1; /* FIX: takes no lock */
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
    for (int i = 0; i < REQUESTS; i++) {
        handle_request(request);
        if (time_to_show) {
            time_to_show = 0;
            show(); /* FIX: here we hold no lock */
        }
    }
    stop_timer();

    show();
    if (shown.requests != REQUESTS || shown.checksum != (long)REQUESTS * SIZE) {
        fprintf(stderr, "%ld requests shown, not %d\n", shown.requests, REQUESTS);
        return 1;
    }
    return 0;
}
