/*
 * A readers-writer lock made of a writer flag and a count of readers; N readers and N writers.
 * Who finds it taken gives up.
 *
 * Bug: a reader that leaves takes itself off the count in two steps outside of the guard: another
 * reader's coming or going in between is lost, and a writer may come in beside a reader.
 *
 * Follows read_write_lock_unsafe of SV-COMP's pthread-atomic (two readers, two writers), whose
 * `assume` is to give up here. Smallest number of preemptions: 2.
 */
#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#ifndef N
#define N 2
#endif

static bool writing;
static int readers;
static volatile int shared;
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;

static bool enter_to_read(void)
{
    pthread_mutex_lock(&guard);
    bool free = !writing;
    if (free)
        readers++;
    pthread_mutex_unlock(&guard);
    return free;
}

static void leave_reading(void)
{
#ifdef FIXED
    pthread_mutex_lock(&guard);
    readers--;
    pthread_mutex_unlock(&guard);
#else
    int left = readers - 1;

    readers = left;
#endif
}

static bool enter_to_write(void)
{
    pthread_mutex_lock(&guard);
    bool free = !writing && readers == 0;
    if (free)
        writing = true;
    pthread_mutex_unlock(&guard);
    return free;
}

static void leave_writing(void)
{
    pthread_mutex_lock(&guard);
    writing = false;
    pthread_mutex_unlock(&guard);
}

static void *read_twice(void *unused)
{
    (void)unused;
    if (!enter_to_read())
        return NULL;
    int once = shared;
    assert(shared == once);
    leave_reading();
    return NULL;
}

static void *write_once(void *number)
{
    if (!enter_to_write())
        return NULL;
    shared = *(int *)number;
    leave_writing();
    return NULL;
}

int main(void)
{
    pthread_t threads[2 * N];
    int numbers[2 * N];

    for (int i = 0; i < 2 * N; i++) {
        numbers[i] = i + 1;
        pthread_create(&threads[i], NULL, i < N ? write_once : read_twice, &numbers[i]);
    }
    for (int i = 0; i < 2 * N; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
