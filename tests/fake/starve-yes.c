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

static void run(void *(*a)(void *), int n, void *(*b)(void *))
{
    pthread_t threads[16];
    for (int i = 0; i < n; i++)
        pthread_create(&threads[i], NULL, a, NULL);
    usleep(20000);
    pthread_create(&threads[n], NULL, b, NULL);
    for (int i = 0; i <= n; i++)
        pthread_join(threads[i], NULL);
}

/* ---- readers that overlap: each takes it 30 times a second ----------------------------- */

static pthread_rwlock_t *shared_lock = &rwlock;

static void *wants_lock(void *unused)
{
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
    return unused;
}

static void *reads(void *unused)
{
    while (now() < end) {
        pthread_rwlock_rdlock(shared_lock);
        usleep(30000);
        pthread_rwlock_unlock(shared_lock);
    }
    return unused;
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

/* ---- a holder that polls ------------------------------------------------------------------ */

static void *polls_with_lock(void *unused)
{
    pthread_mutex_lock(&mutex);
    while (now() < end)
        usleep(10000);
    pthread_mutex_unlock(&mutex);
    return unused;
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
    pid_t child = fork();
    if (child == 0) {
        /* Elsewhere, and not from the file's beginning on. */
        char *again = mmap(NULL, (size_t)getpagesize(), PROT_READ | PROT_WRITE, MAP_SHARED, file,
                           3 * getpagesize());
        munmap(first, size);
        shared_lock = (void *)(again + 64);
        run(reads, 3, reads);
        exit(0);
    }
    usleep(50000);
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
    if (strcmp(how, "readers") == 0)
        run(reads, 4, wants_to_write);
    else if (strcmp(how, "timed") == 0)
        run(reads, 4, wants_to_write_for_a_while);
    else if (strcmp(how, "poller") == 0)
        run(polls_with_lock, 1, wants_lock);
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
