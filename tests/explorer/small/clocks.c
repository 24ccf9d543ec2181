/* Who goes by the clock: the first argument says how. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *how;
static struct timespec theirs, own;
static atomic_int never;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;

static bool is(const char *other)
{
    return strcmp(how, other) == 0;
}

static bool later(struct timespec a, struct timespec b)
{
    return a.tv_sec != b.tv_sec ? a.tv_sec > b.tv_sec : a.tv_nsec > b.tv_nsec;
}

static void waits_until(time_t second)
{
    struct timespec until = {.tv_sec = second};
    pthread_mutex_lock(&mutex);
    pthread_cond_timedwait(&cond, &mutex, &until);
    pthread_mutex_unlock(&mutex);
}

static void *other(void *unused)
{
    if (is("slept"))
        sleep(5);
    else if (is("waited"))
        waits_until(6);
    else if (!is("loop"))
        clock_gettime(CLOCK_MONOTONIC, &theirs);
    return unused;
}

/* Nobody sets it: the time is over some time. */
static void loops(void)
{
    time_t end = time(NULL) + 2;
    while (!never && time(NULL) < end)
        usleep(100000);
}

int main(int argc, char **argv)
{
    how = argc > 1 ? argv[1] : "";
    pthread_t thread;
    pthread_create(&thread, NULL, other, NULL);
    if (is("joined"))
        pthread_join(thread, NULL);
    clock_gettime(CLOCK_MONOTONIC, &own);
    if (is("loop"))
        loops();
    if (!is("joined"))
        pthread_join(thread, NULL);
    if (is("slept") || is("waited")) /* 1: early, 2: late */
        return own.tv_sec < 6 ? 1 : 2;
    return is("loop") ? 0 : later(own, theirs) ? 1 : 2;
}
