/*
 * A thread that is asked to end, and what it leaves: the first argument names where. Exits
 * with 0 if its cleanup handlers ran as they should.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static sem_t never;
static int ends[2];
static atomic_int cleaned, started;

static void give_back(void *lock)
{
    pthread_mutex_unlock(lock);
    cleaned = 1;
}

static void second(void *unused)
{
    (void)unused;
    cleaned = cleaned == 1 ? 2 : -1;
}

static void *wait_with_care(void *unused)
{
    pthread_mutex_lock(&mutex);
    pthread_cleanup_push(second, NULL);
    pthread_cleanup_push(give_back, &mutex);
    for (;;)
        pthread_cond_wait(&condition, &mutex);
    pthread_cleanup_pop(1);
    pthread_cleanup_pop(1);
    return unused;
}

/* Wrong: a lock is held where it ends. */
static void *wait_without(void *unused)
{
    pthread_mutex_lock(&mutex);
    for (;;)
        pthread_cond_wait(&condition, &mutex);
    return unused;
}

static void *wait_post(void *unused)
{
    pthread_cleanup_push(second, NULL);
    cleaned = 1;
    sem_wait(&never);
    pthread_cleanup_pop(0);
    return unused;
}

static void *receive(void *unused)
{
    char byte;
    cleaned = 1;
    pthread_cleanup_push(second, NULL);
    if (read(ends[0], &byte, 1) != 1)
        cleaned = -1;
    pthread_cleanup_pop(0);
    return unused;
}

static void *test_often(void *unused)
{
    cleaned = 2;
    for (;;)
        pthread_testcancel();
    return unused;
}

static void *sleep_once(void *unused)
{
    cleaned = 2;
    sleep(1);
    cleaned = 3; /* if nobody has asked by then */
    sem_wait(&never);
    return unused;
}

/* Not while it does not want to: `started` is 2 in the end. */
static void *refuse(void *unused)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    started = 1;
    pthread_testcancel();
    sleep(1);
    started = 2;
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    cleaned = 2;
    sem_wait(&never);
    return unused;
}

static void *leave(void *unused)
{
    (void)unused;
    pthread_cleanup_push(second, NULL);
    cleaned = 1;
    pthread_exit(PTHREAD_CANCELED);
    pthread_cleanup_pop(0);
}

static void *be_joined(void *unused)
{
    sem_wait(&never);
    return unused;
}

static pthread_t other;

static void *join_other(void *unused)
{
    cleaned = 2;
    pthread_join(other, NULL);
    return unused;
}

static const struct {
    const char *name;
    void *(*run)(void *);
    int least, most; /* of `cleaned` */
} cases[] = {
    {"condition", wait_with_care, 2, 2}, {"leak", wait_without, 0, 0},
    {"semaphore", wait_post, 2, 2},      {"read", receive, 2, 2},
    {"test", test_often, 2, 2},          {"sleep", sleep_once, 2, 3},
    {"not-asleep", sleep_once, 3, 3},    {"refuse", refuse, 2, 2},
    {"exit", leave, 2, 2},               {"join", join_other, 2, 2},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof cases / sizeof *cases; i++) {
        if (strcmp(cases[i].name, argv[1]) != 0)
            continue;
        sem_init(&never, 0, 0);
        if (cases[i].run == receive && pipe(ends) != 0)
            return 3;
        bool joins = cases[i].run == join_other;
        if (joins)
            pthread_create(&other, NULL, be_joined, NULL);
        pthread_t thread;
        pthread_create(&thread, NULL, cases[i].run, NULL);
        pthread_cancel(thread);
        void *result;
        pthread_join(thread, &result);
        if (joins) {
            pthread_cancel(other);
            pthread_join(other, NULL);
        }
        pthread_mutex_lock(&mutex); /* it was given back */
        pthread_mutex_unlock(&mutex);
        if (started != 0 && started != 2)
            return 4;
        return result != PTHREAD_CANCELED || cleaned < cases[i].least || cleaned > cases[i].most;
    }
    fprintf(stderr, "there is no such case\n");
    return 2;
}
