#include "program.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MOST_THREADS 8
#define MOST_GROUPS 4

static double end_of_plan; /* CLOCK_MONOTONIC, seconds; written before any thread starts */

/* ---- what groups are made of -------------------------------------------------- */

uint64_t soak_next(struct soak_random *random)
{
    uint64_t z = random->state += 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

unsigned soak_below(struct soak_random *random, unsigned n)
{
    return (unsigned)(soak_next(random) % n);
}

bool soak_chance(struct soak_random *random, unsigned percent)
{
    return soak_below(random, 100) < percent;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

bool soak_over(void)
{
    return now() >= end_of_plan;
}

void soak_work(struct soak_random *random)
{
    for (volatile unsigned left = soak_below(random, 3000); left > 0; left--)
        ;
}

void soak_pause(struct soak_random *random)
{
    switch (soak_below(random, 4)) {
    case 0:
        sched_yield();
        break;
    case 1:
        nanosleep(&(struct timespec){.tv_nsec = soak_below(random, 1000000)}, NULL);
        break;
    default:
        soak_work(random);
    }
}

struct timespec soak_in(double seconds)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    long later = time.tv_nsec + (long)(1e9 * seconds);
    return (struct timespec){time.tv_sec + later / 1000000000, later % 1000000000};
}

void soak_check(bool holds, const char *what)
{
    if (holds)
        return;
    dprintf(STDERR_FILENO, "soak-program: %s\n", what);
    _exit(1);
}

pthread_t soak_thread(void *(*work)(void *), void *argument)
{
    pthread_t thread;
    soak_check(pthread_create(&thread, NULL, work, argument) == 0, "no thread could be made");
    return thread;
}

void soak_mutex_init(pthread_mutex_t *mutex, enum soak_mutex kind, bool shared)
{
    static const int types[SOAK_MUTEXES] = {
        [SOAK_PLAIN] = PTHREAD_MUTEX_NORMAL,        [SOAK_ADAPTIVE] = PTHREAD_MUTEX_ADAPTIVE_NP,
        [SOAK_INHERITING] = PTHREAD_MUTEX_NORMAL,   [SOAK_RECURSIVE] = PTHREAD_MUTEX_RECURSIVE,
        [SOAK_CHECKING] = PTHREAD_MUTEX_ERRORCHECK,
    };
    pthread_mutexattr_t how;
    pthread_mutexattr_init(&how);
    pthread_mutexattr_settype(&how, types[kind]);
    if (kind == SOAK_INHERITING)
        pthread_mutexattr_setprotocol(&how, PTHREAD_PRIO_INHERIT);
    if (shared)
        pthread_mutexattr_setpshared(&how, PTHREAD_PROCESS_SHARED);
    soak_check(pthread_mutex_init(mutex, &how) == 0, "no mutex could be made");
    pthread_mutexattr_destroy(&how);
}

/* ---- the plan ------------------------------------------------------------------ */

static const struct soak_group *const groups[] = {&soak_ordered,  &soak_queue, &soak_ring,
                                                  &soak_barrier,  &soak_pipes, &soak_families,
                                                  &soak_processes};
#define GROUPS (sizeof groups / sizeof *groups)

struct part {
    const struct soak_group *group;
    unsigned threads;
    void *state;
};

/* The groups that fork come first: no thread shall be in the middle of something then. */
static unsigned make_plan(struct soak_random *random, struct part *parts)
{
    unsigned left = 2 + soak_below(random, MOST_THREADS - 1), n = 0;
    if (soak_chance(random, 20)) {
        parts[n++] = (struct part){.group = &soak_processes, .threads = 1};
        left--;
    }
    while (n < MOST_GROUPS && left > 0) {
        const struct soak_group *group = groups[soak_below(random, GROUPS - 1)];
        if (soak_chance(random, 30))
            group = &soak_ordered;
        if (group->least > left)
            group = &soak_families;
        unsigned threads = group->least + soak_below(random, left - group->least + 1);
        parts[n++] = (struct part){.group = group, .threads = threads};
        left -= threads;
    }
    return n;
}

static void run_plan(struct soak_random *random, struct part *parts, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        parts[i].state = parts[i].group->begin(random, parts[i].threads);
    for (unsigned i = 0; i < n; i++)
        parts[i].group->end(parts[i].state);
}

/* Before the plan is run: the program may hang, but never without a word on what it is. */
static void show(uint64_t seed, const struct part *parts, unsigned n, const char *planted)
{
    char line[512];
    int used = snprintf(line, sizeof line, "seed %llu:", (unsigned long long)seed);
    for (unsigned i = 0; i < n; i++)
        used += snprintf(line + used, sizeof line - (size_t)used, " %s of %u,",
                         parts[i].group->name, parts[i].threads);
    dprintf(STDERR_FILENO, "%s for up to 2 s\n", line);
    if (planted != NULL)
        dprintf(STDERR_FILENO, "planted: %s\n", planted);
}

int main(int argc, char **argv)
{
    bool wrong = argc == 3 && strcmp(argv[2], "wrong") == 0;
    if (argc != 3 || (!wrong && strcmp(argv[2], "right") != 0)) {
        fprintf(stderr, "usage: soak-program SEED right|wrong\n");
        return 2;
    }
    uint64_t seed = strtoull(argv[1], NULL, 10);
    struct soak_random random = {.state = seed};
    /* Seeds in a row plant all kinds in turn. */
    const struct soak_planted *planted = &soak_planted[seed % soak_planted_n];
    struct part parts[MOST_GROUPS];
    unsigned n = make_plan(&random, parts);
    end_of_plan = now() + 0.4 + soak_below(&random, 1200) / 1e3;
    show(seed, parts, n, wrong ? planted->kind : NULL);
    if (wrong)
        planted->plant(&random);
    run_plan(&random, parts, n);
    if (wrong)
        soak_planted_wait();
    return 0;
}
