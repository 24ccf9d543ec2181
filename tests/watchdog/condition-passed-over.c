/*
 * Three threads share a device, which is handed on by a condition to the one that came last: who
 * is at the bottom of the pile is woken each time, and passed over each time.
 * says: starvation/bypass
 */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t handed_on = PTHREAD_COND_INITIALIZER;
static uintptr_t pile[3], next;
static int waiting, taken;

static void take(uintptr_t mine)
{
    pthread_mutex_lock(&lock);
    if (taken) {
        pile[waiting++] = mine;
        while (next != mine)
            pthread_cond_wait(&handed_on, &lock); /* HERE */
        next = 0;
    }
    taken = 1;
    pthread_mutex_unlock(&lock);
}

static void give(void)
{
    pthread_mutex_lock(&lock);
    taken = waiting > 0;
    if (waiting > 0)
        next = pile[--waiting];
    pthread_cond_broadcast(&handed_on);
    pthread_mutex_unlock(&lock);
}

static void *use(void *number)
{
    for (;;) {
        take((uintptr_t)number);
        usleep(2000);
        give();
    }
    return NULL;
}

int main(void)
{
    pthread_t thread;
    for (uintptr_t i = 1; i <= 3; i++)
        pthread_create(&thread, NULL, use, (void *)i);
    usleep(2500000);
    exit(0);
}
