/*
 * A thread looks every few milliseconds whether a lock is free and whether a pipe has something,
 * and both take a while: that is how one polls.
 * says: nothing
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t held;
static int wire[2];

static void *take_its_time(void *unused)
{
    pthread_mutex_lock(&lock);
    pthread_barrier_wait(&held);
    usleep(500000);
    pthread_mutex_unlock(&lock);
    if (write(wire[1], "x", 1) != 1)
        exit(2);
    return unused;
}

int main(void)
{
    pthread_t other;
    char byte;
    int polls = 0;
    if (pipe2(wire, O_NONBLOCK) != 0)
        exit(2);
    pthread_barrier_init(&held, NULL, 2);
    pthread_create(&other, NULL, take_its_time, NULL);
    pthread_barrier_wait(&held);
    for (; pthread_mutex_trylock(&lock) != 0; polls++)
        usleep(3000);
    pthread_mutex_unlock(&lock);
    for (; read(wire[0], &byte, 1) != 1; polls++)
        usleep(3000);
    pthread_join(other, NULL);
    return polls < 10;
}
