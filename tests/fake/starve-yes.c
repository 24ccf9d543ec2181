/*
 * Programs in which somebody starves: starve-yes HOW SECONDS; for HOW see main().
 */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static double end;

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

static void spend(double seconds)
{
    for (double until = now() + seconds; now() < until;)
        work(1000);
}

/* ---- readers that overlap: none leaves before the other one is in --------------------- */

static pthread_rwlock_t *shared_lock = &rwlock;

static sem_t go[2], is_in[2], begun;
static volatile bool over;

static void enter(int reader)
{
    sem_wait(&go[reader]);
    pthread_rwlock_rdlock(shared_lock);
    sem_post(&is_in[reader]);
}

/* The first begins with the lock; then they take turns. */
static void *reads(void *second)
{
    int reader = second != NULL;
    if (reader == 0) {
        pthread_rwlock_rdlock(shared_lock);
        sem_post(&begun);
    } else {
        enter(reader);
    }
    while (!over) {
        usleep(10000);
        bool last = over = now() >= end;
        sem_post(&go[1 - reader]);
        sem_wait(&is_in[1 - reader]);
        pthread_rwlock_unlock(shared_lock);
        if (last)
            return NULL;
        enter(reader);
    }
    pthread_rwlock_unlock(shared_lock);
    return NULL;
}

/* Both have begun when it returns. */
static void begin_to_read(pthread_t threads[2])
{
    pthread_create(&threads[0], NULL, reads, NULL);
    pthread_create(&threads[1], NULL, reads, threads);
    sem_wait(&begun);
}

static void *wants_to_write(void *unused)
{
    pthread_rwlock_wrlock(shared_lock);
    pthread_rwlock_unlock(shared_lock);
    return unused;
}

static void *wants_to_write_for_a_while(void *unused)
{
    int refused = 1;
    while (refused != 0 && now() < end) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 50000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        refused = pthread_rwlock_timedwrlock(shared_lock, &until);
    }
    if (refused == 0)
        pthread_rwlock_unlock(shared_lock);
    return unused;
}

static void keep_out(void *(*writer)(void *))
{
    pthread_t threads[2];
    begin_to_read(threads);
    writer(NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
}

/* ---- a holder that polls ------------------------------------------------------------------ */

static void *polls_with_lock(void *unused)
{
    pthread_mutex_lock(&mutex);
    sem_post(&begun);
    while (now() < end)
        usleep(10000);
    pthread_mutex_unlock(&mutex);
    return unused;
}

static void hold_and_poll(void)
{
    pthread_t holder;
    pthread_create(&holder, NULL, polls_with_lock, NULL);
    sem_wait(&begun);
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
    pthread_join(holder, NULL);
}

/* ---- two that give up by turns, and keep what they have meanwhile ----------------------- */

static pthread_mutex_t pair[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};

static void *gives_up(void *argument)
{
    int first = argument != NULL;
    while (now() < end) {
        pthread_mutex_lock(&pair[first]);
        for (int i = 0; i < 1000 && now() < end; i++) {
            struct timespec until;
            clock_gettime(CLOCK_REALTIME, &until);
            until.tv_nsec += 20000000;
            until.tv_sec += until.tv_nsec / 1000000000;
            until.tv_nsec %= 1000000000;
            if (pthread_mutex_timedlock(&pair[1 - first], &until) == 0)
                pthread_mutex_unlock(&pair[1 - first]);
        }
        pthread_mutex_unlock(&pair[first]);
    }
    return NULL;
}

static void give_up_by_turns(void)
{
    pthread_t other;
    pthread_create(&other, NULL, gives_up, &pair);
    gives_up(NULL);
    pthread_join(other, NULL);
}

/* ---- across processes ----------------------------------------------------------------------- */

static void in_shared_memory(void)
{
    size_t size = 4 * (size_t)getpagesize();
    int file = memfd_create("shared", 0);
    if (ftruncate(file, (off_t)size) != 0)
        exit(3);
    char *first = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    shared_lock = (void *)(first + 3 * getpagesize() + 64);
    pthread_rwlockattr_t shared;
    pthread_rwlockattr_init(&shared);
    pthread_rwlockattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
    pthread_rwlock_init(shared_lock, &shared);
    int ends[2];
    if (pipe(ends) != 0)
        exit(3);
    pid_t child = fork();
    if (child == 0) {
        /* Elsewhere, and not from the file's beginning on. */
        char *again = mmap(NULL, (size_t)getpagesize(), PROT_READ | PROT_WRITE, MAP_SHARED, file,
                           3 * getpagesize());
        munmap(first, size);
        shared_lock = (void *)(again + 64);
        pthread_t threads[2];
        begin_to_read(threads);
        if (write(ends[1], "", 1) != 1)
            exit(3);
        for (int i = 0; i < 2; i++)
            pthread_join(threads[i], NULL);
        exit(0);
    }
    char byte;
    if (read(ends[0], &byte, 1) != 1)
        exit(3);
    wants_to_write(NULL);
    waitpid(child, NULL, 0);
}

/* ---- priorities -------------------------------------------------------------------------------
 */

static sem_t taken, wanted;

static void begin_with(int priority)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(0, &one);
    struct sched_param parameters = {.sched_priority = priority};
    if (pthread_setaffinity_np(pthread_self(), sizeof one, &one) != 0 ||
        pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters) != 0)
        exit(77);
}

static void *is_low(void *unused)
{
    begin_with(10);
    pthread_mutex_lock(&mutex);
    sem_post(&taken);
    spend(0.02);
    pthread_mutex_unlock(&mutex);
    return unused;
}

static void *is_high(void *unused)
{
    begin_with(30);
    sem_post(&wanted);
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
    return unused;
}

static void *is_between(void *seconds)
{
    begin_with(20);
    spend(*(double *)seconds);
    return NULL;
}

/* `seconds` 0: nobody is between. */
static void invert(bool inherit, double seconds)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    if (inherit)
        pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
    pthread_mutex_init(&mutex, &attributes);
    sem_init(&taken, 0, 0);
    sem_init(&wanted, 0, 0);
    begin_with(50);
    pthread_t low, high, between;
    pthread_create(&low, NULL, is_low, NULL);
    sem_wait(&taken);
    pthread_create(&high, NULL, is_high, NULL);
    sem_wait(&wanted);
    usleep(2000); /* for it to get to the lock: this thread comes before all others */
    if (seconds > 0)
        pthread_create(&between, NULL, is_between, &seconds);
    pthread_join(high, NULL);
    pthread_join(low, NULL);
    if (seconds > 0)
        pthread_join(between, NULL);
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";
    double seconds = argc > 2 ? atof(argv[2]) : 0;
    end = now() + seconds;
    sem_init(&begun, 0, 0);
    for (int i = 0; i < 2; i++) {
        sem_init(&go[i], 0, 0);
        sem_init(&is_in[i], 0, 0);
    }
    if (strcmp(how, "readers") == 0)
        keep_out(wants_to_write);
    else if (strcmp(how, "timed") == 0)
        keep_out(wants_to_write_for_a_while);
    else if (strcmp(how, "poller") == 0)
        hold_and_poll();
    else if (strcmp(how, "turns") == 0)
        give_up_by_turns();
    else if (strcmp(how, "shared") == 0)
        in_shared_memory();
    else if (strcmp(how, "inversion") == 0)
        invert(false, seconds);
    else if (strcmp(how, "inherits") == 0)
        invert(true, seconds);
    else if (strcmp(how, "ranks") == 0)
        invert(false, 0);
    else
        return 2;
    return 0;
}
