/*
 * The moment in which the kernel has written a PI mutex's next owner and not woken it yet, made
 * longer: the word names the one that waits.
 * says: nothing
 */
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t lock;
static _Atomic pid_t waiter;

static void *wait_for_it(void *unused)
{
    waiter = gettid();
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    return unused;
}

/* The kernel marks the word once somebody waits for it. */
static int has_waiter(const _Atomic unsigned *word)
{
    return (*word & FUTEX_WAITERS) != 0;
}

int main(void)
{
    pthread_t thread;
    pthread_mutexattr_t inherits;
    _Atomic unsigned *word = (_Atomic unsigned *)&lock; /* glibc's: the owner, and that mark */
    pthread_mutexattr_init(&inherits);
    pthread_mutexattr_setprotocol(&inherits, PTHREAD_PRIO_INHERIT);
    pthread_mutex_init(&lock, &inherits);
    pthread_mutex_lock(&lock);
    pthread_create(&thread, NULL, wait_for_it, NULL);
    while (!has_waiter(word))
        usleep(1000);
    usleep(10000);
    *word = (unsigned)waiter | FUTEX_WAITERS;
    usleep(400000);
    *word = (unsigned)gettid() | FUTEX_WAITERS;
    pthread_mutex_unlock(&lock);
    return pthread_join(thread, NULL);
}
