/*
 * Right programs that contend, wait, poll and are slow, and in which nobody starves.
 *   starve-not HOW SECONDS; for HOW see `ways` below.
 */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t spin;
static sem_t tokens;
static double end;
static volatile long total;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void work(int rounds)
{
    for (volatile int i = 0; i < rounds; i++)
        ;
}

/* ---- load beside ------------------------------------------------------------------ */

static void *burns(void *unused)
{
    while (now() < end)
        work(10000);
    return unused;
}

/* ---- tight loops ------------------------------------------------------------------ */

static void *locks_mutex(void *unused)
{
    while (now() < end) {
        pthread_mutex_lock(&mutex);
        total++;
        pthread_mutex_unlock(&mutex);
    }
    return unused;
}

static void *locks_spin(void *unused)
{
    while (now() < end) {
        pthread_spin_lock(&spin);
        total++;
        pthread_spin_unlock(&spin);
        work(100);
    }
    return unused;
}

static void *takes_token(void *unused)
{
    while (now() < end) {
        sem_wait(&tokens);
        work(200);
        sem_post(&tokens);
        work(200);
    }
    return unused;
}

/* ---- a convoy: each works for a while with and without the lock -------------------- */

static void *walks_in_convoy(void *unused)
{
    while (now() < end) {
        pthread_mutex_lock(&mutex);
        usleep(2000);
        pthread_mutex_unlock(&mutex);
        usleep(2000);
    }
    return unused;
}

/* ---- a hand-made lock that is passed on in the order of arrival --------------------- */

static unsigned next_ticket, served; /* under mutex */

static void *draws_tickets(void *unused)
{
    while (now() < end) {
        pthread_mutex_lock(&mutex);
        unsigned mine = next_ticket++;
        while (served != mine)
            pthread_cond_wait(&condition, &mutex);
        pthread_mutex_unlock(&mutex);
        work(1000);
        pthread_mutex_lock(&mutex);
        served++;
        pthread_cond_broadcast(&condition);
        pthread_mutex_unlock(&mutex);
    }
    return unused;
}

/* ---- readers and a writer ----------------------------------------------------------- */

static void *reads(void *unused)
{
    while (now() < end) {
        pthread_rwlock_rdlock(&rwlock);
        work(2000);
        pthread_rwlock_unlock(&rwlock);
        usleep(500);
    }
    return unused;
}

static void *writes(void *unused)
{
    while (now() < end) {
        pthread_rwlock_wrlock(&rwlock);
        work(1000);
        pthread_rwlock_unlock(&rwlock);
        usleep(1000);
    }
    return unused;
}

/* ---- a pool, and clients that wait for the end of their tasks ------------------------ */

struct task {
    int length;
    bool done;
    struct task *next;
};
static struct task *tasks; /* under mutex */
static pthread_cond_t work_is_there = PTHREAD_COND_INITIALIZER;
static bool closed;

static void *serves(void *unused)
{
    pthread_mutex_lock(&mutex);
    while (!closed) {
        if (tasks == NULL) {
            pthread_cond_wait(&work_is_there, &mutex);
            continue;
        }
        struct task *task = tasks;
        tasks = task->next;
        pthread_mutex_unlock(&mutex);
        if (task->length > 100000)
            usleep((useconds_t)task->length);
        else
            work(task->length);
        pthread_mutex_lock(&mutex);
        task->done = true;
        pthread_cond_broadcast(&condition);
    }
    pthread_mutex_unlock(&mutex);
    return unused;
}

static void submit(int length)
{
    struct task task = {.length = length};
    pthread_mutex_lock(&mutex);
    task.next = tasks;
    tasks = &task;
    pthread_cond_broadcast(&work_is_there);
    while (!task.done)
        pthread_cond_wait(&condition, &mutex);
    pthread_mutex_unlock(&mutex);
}

static void *has_short_tasks(void *unused)
{
    while (now() < end)
        submit(5000);
    return unused;
}

static void *has_long_tasks(void *unused)
{
    while (now() < end)
        submit(800000); /* microseconds */
    return unused;
}

static void *stops_the_pool(void *unused)
{
    while (now() < end + 0.9)
        usleep(10000);
    pthread_mutex_lock(&mutex);
    closed = true;
    pthread_cond_broadcast(&work_is_there);
    pthread_mutex_unlock(&mutex);
    return unused;
}

/* ---- tries, and waits with a time-out ------------------------------------------------ */

static void *polls(void *unused)
{
    while (now() < end) {
        if (pthread_mutex_trylock(&mutex) == 0)
            pthread_mutex_unlock(&mutex);
        usleep(5000);
    }
    return unused;
}

static void *waits_a_while(void *unused)
{
    while (now() < end) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += 1;
        if (pthread_mutex_timedlock(&mutex, &until) == 0)
            pthread_mutex_unlock(&mutex);
        usleep(1000);
    }
    return unused;
}

/* Two that back off and try again, and get on. */
static pthread_mutex_t pair[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};

static void *backs_off(void *argument)
{
    int first = argument != NULL;
    unsigned seed = (unsigned)first + 1;
    while (now() < end) {
        pthread_mutex_lock(&pair[first]);
        if (pthread_mutex_trylock(&pair[1 - first]) == 0) {
            work(500);
            pthread_mutex_unlock(&pair[1 - first]);
        }
        pthread_mutex_unlock(&pair[first]);
        usleep((useconds_t)(rand_r(&seed) % 200));
    }
    return NULL;
}

/* ---- a slow critical section ---------------------------------------------------------- */

static void *is_slow(void *unused)
{
    while (now() < end) {
        pthread_mutex_lock(&mutex);
        double until = now() + 0.3;
        while (now() < until)
            work(1000);
        pthread_mutex_unlock(&mutex);
        usleep(300000);
    }
    return unused;
}

/* -------------------------------------------------------------------------------------- */

struct part {
    void *(*does)(void *);
    int n;
};
static const struct way {
    const char *name;
    struct part parts[5]; /* the last one is empty */
} ways[] = {
    {"tight", {{locks_mutex, 4}, {burns, 2}}},
    {"loaded", {{locks_mutex, 4}, {burns, 16}}},
    {"crowd", {{locks_mutex, 16}, {burns, 2}}},
    {"spin", {{locks_spin, 4}, {burns, 1}}},
    {"tokens", {{takes_token, 6}, {burns, 2}}},
    {"convoy", {{walks_in_convoy, 8}}},
    {"tickets", {{draws_tickets, 6}, {burns, 1}}},
    {"readers", {{reads, 6}, {writes, 1}}},
    {"pool", {{serves, 4}, {has_short_tasks, 3}, {has_long_tasks, 1}, {stops_the_pool, 1}}},
    {"polls", {{locks_mutex, 2}, {polls, 1}, {burns, 1}}},
    {"timed", {{locks_mutex, 2}, {waits_a_while, 2}, {burns, 1}}},
    {"back-off", {{backs_off, 1}, {burns, 1}}},
    {"slow", {{is_slow, 1}, {locks_mutex, 3}}},
};

int main(int argc, char **argv)
{
    const struct way *way = NULL;
    for (size_t i = 0; i < sizeof ways / sizeof *ways && argc > 2; i++)
        if (strcmp(ways[i].name, argv[1]) == 0)
            way = &ways[i];
    if (way == NULL)
        return 2;
    end = now() + atof(argv[2]);
    sem_init(&tokens, 0, 2);
    pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    pthread_t threads[64];
    int n = 0;
    for (const struct part *part = way->parts; part->n > 0; part++)
        for (int i = 0; i < part->n; i++)
            pthread_create(&threads[n++], NULL, part->does, NULL);
    if (strcmp(way->name, "back-off") == 0)
        pthread_create(&threads[n++], NULL, backs_off, &pair);
    for (int i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
