/* Locks whose measures are known beforehand: `measured CASE`. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t counted = PTHREAD_MUTEX_INITIALIZER;
static struct {
    long balance;
    pthread_mutex_t lock;
} accounts[200];
static pthread_rwlock_t table = PTHREAD_RWLOCK_INITIALIZER;

static void *take(void *times)
{
    for (long i = 0; i < (long)times; i++) {
        pthread_mutex_lock(&counted);
        pthread_mutex_unlock(&counted);
    }
    return NULL;
}

/* Three threads after each other take it 1,000, 2,000 and 3,000 times. */
static void shares(void)
{
    for (long i = 1; i <= 3; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, take, (void *)(i * 1000));
        pthread_join(thread, NULL);
    }
}

/* One thread takes 200 locks in turn, 50 times each: more than it counts by itself. */
static void many(void)
{
    for (int i = 0; i < 200; i++)
        pthread_mutex_init(&accounts[i].lock, NULL);
    for (int round = 0; round < 50; round++)
        for (int i = 0; i < 200; i++) {
            pthread_mutex_lock(&accounts[i].lock);
            pthread_mutex_unlock(&accounts[i].lock);
        }
}

static void *read_table(void *unused)
{
    pthread_rwlock_rdlock(&table);
    pthread_rwlock_unlock(&table);
    return unused;
}

/* A writer holds the table for 60 ms; a reader waits for most of that. */
static void held(void)
{
    pthread_t reader;
    pthread_rwlock_wrlock(&table);
    pthread_create(&reader, NULL, read_table, NULL);
    nanosleep(&(struct timespec){.tv_nsec = 60000000}, NULL);
    pthread_rwlock_unlock(&table);
    pthread_join(reader, NULL);
}

/* A recursive mutex taken three deep is taken once; a try on a taken one is refused. */
static void *try_it(void *mutex)
{
    return (void *)(long)pthread_mutex_trylock(mutex);
}
static void recursive(void)
{
    static pthread_mutex_t deep = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
    pthread_t other;
    for (int i = 0; i < 3; i++)
        pthread_mutex_lock(&deep);
    pthread_create(&other, NULL, try_it, &deep);
    pthread_join(other, NULL);
    for (int i = 0; i < 3; i++)
        pthread_mutex_unlock(&deep);
}

/* Two processes take one lock 500 times each. */
static void processes(void)
{
    pthread_mutex_t *lock =
        mmap(NULL, sizeof *lock, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(lock, &attributes);
    pid_t child = fork();
    for (int i = 0; i < 500; i++) {
        pthread_mutex_lock(lock);
        pthread_mutex_unlock(lock);
    }
    if (child == 0)
        exit(0);
    waitpid(child, NULL, 0);
}

/* A thread waits for what it never gets; the program ends nevertheless. */
static void *wait_for_ever(void *unused)
{
    pthread_mutex_lock(&counted);
    return unused;
}
static void vain(void)
{
    pthread_t waiter;
    pthread_mutex_lock(&counted);
    pthread_create(&waiter, NULL, wait_for_ever, NULL);
    nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
}

/* More locks than there is room for. */
static void crowd(void)
{
    enum { LOCKS = 20000 };
    pthread_mutex_t *locks = calloc(LOCKS, sizeof *locks);
    for (int i = 0; i < LOCKS; i++) {
        pthread_mutex_lock(&locks[i]);
        pthread_mutex_unlock(&locks[i]);
    }
    free(locks);
}

/* 1,100 threads after each other take 64 locks: more shares than there is room for. */
static void *take_64(void *unused)
{
    for (int i = 0; i < 64; i++) {
        pthread_mutex_lock(&accounts[i].lock);
        pthread_mutex_unlock(&accounts[i].lock);
    }
    return unused;
}
static void multitude(void)
{
    for (int i = 0; i < 1100; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, take_64, NULL) != 0)
            exit(2);
        pthread_join(thread, NULL);
    }
}

/* 20 locks are held at once: of more than there is room for, the holds are measured. */
static void nested(void)
{
    for (int i = 0; i < 20; i++)
        pthread_mutex_lock(&accounts[i].lock);
    for (int i = 20; i-- > 0;)
        pthread_mutex_unlock(&accounts[i].lock);
    pthread_mutex_lock(&counted);
    pthread_mutex_unlock(&counted);
}

/* Signalled once, posted twice. */
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;
static sem_t posted;
static int is_ready;
static void *wait_ready(void *unused)
{
    pthread_mutex_lock(&counted);
    while (!is_ready)
        pthread_cond_wait(&ready, &counted);
    pthread_mutex_unlock(&counted);
    return unused;
}
static void signalled(void)
{
    pthread_t waiter;
    pthread_create(&waiter, NULL, wait_ready, NULL);
    nanosleep(&(struct timespec){.tv_nsec = 30000000}, NULL);
    pthread_mutex_lock(&counted);
    is_ready = 1;
    pthread_cond_signal(&ready);
    pthread_mutex_unlock(&counted);
    pthread_join(waiter, NULL);
    sem_init(&posted, 0, 2);
    sem_wait(&posted);
    sem_wait(&posted);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } cases[] = {{"shares", shares},       {"many", many},           {"held", held},
                 {"recursive", recursive}, {"vain", vain},           {"processes", processes},
                 {"crowd", crowd},         {"signalled", signalled}, {"multitude", multitude},
                 {"nested", nested}};
    for (size_t i = 0; argc == 2 && i < sizeof cases / sizeof *cases; i++)
        if (strcmp(cases[i].name, argv[1]) == 0) {
            cases[i].run();
            return 0;
        }
    return 2;
}
