/*
 * A reader announces which object it uses in a hazard pointer and looks whether it still is the
 * current one; the remover takes the object out and frees it unless it is announced.
 *
 * Bug: the announcement may still be in the store buffer when the reader looks again, and the
 * remover does not see it. Right under sequential consistency, wrong on x86.
 *
 * Follows Michael's hazard pointers (TPDS 2004) and the store-load fence that they are known for.
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#ifdef FENCED
#define FIXED
#endif

struct object {
    int number;
};

static struct object *_Atomic current, *_Atomic hazard;

static void *look(void *unused)
{
    (void)unused;
    struct object *seen = atomic_load_explicit(&current, memory_order_acquire);
    if (!seen)
        return NULL;
    atomic_store_explicit(&hazard, seen, memory_order_release);
#ifdef FIXED
    atomic_thread_fence(memory_order_seq_cst);
#endif
    if (atomic_load_explicit(&current, memory_order_acquire) == seen)
        assert(seen->number == 7);
    atomic_store_explicit(&hazard, NULL, memory_order_release);
    return NULL;
}

static void *drop(void *unused)
{
    (void)unused;
    struct object *old = atomic_load_explicit(&current, memory_order_acquire);
    atomic_store_explicit(&current, NULL, memory_order_release);
    atomic_thread_fence(memory_order_seq_cst);
    if (atomic_load_explicit(&hazard, memory_order_acquire) != old)
        free(old);
    return NULL;
}

int main(void)
{
    struct object *object = malloc(sizeof *object);
    pthread_t reader, remover;

    object->number = 7;
    atomic_store(&current, object);
    pthread_create(&reader, NULL, look, NULL);
    pthread_create(&remover, NULL, drop, NULL);
    pthread_join(reader, NULL);
    pthread_join(remover, NULL);
    return 0;
}
