/*
 * N users of one object, each drops its reference when done; the last one frees it.
 *
 * Bug: the count goes down by one atomic step and is then looked at by another: two users may both
 * find it zero, and both free.
 *
 * Follows no one program; CVE-2016-1972 in ConVul (see cve_2016_1972.c) has this mistake beside
 * another. Smallest number of preemptions: 1.
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#ifndef N
#define N 2
#endif

struct object {
    _Atomic int references;
    int number;
};

static void *use(void *argument)
{
    struct object *object = argument;

    assert(object->number == 7);
#ifdef FIXED
    if (atomic_fetch_sub(&object->references, 1) == 1)
        free(object);
#else
    atomic_fetch_sub(&object->references, 1);
    if (atomic_load(&object->references) == 0)
        free(object);
#endif
    return NULL;
}

int main(void)
{
    struct object *object = malloc(sizeof *object);
    pthread_t threads[N];

    atomic_init(&object->references, N);
    object->number = 7;
    for (int i = 0; i < N; i++)
        pthread_create(&threads[i], NULL, use, object);
    for (int i = 0; i < N; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
