/*
 * A tree of threads, each of which joins its children; only the leaves do something, and it takes
 * them half a second: all others wait in joins.
 * says: nothing
 */
#include <pthread.h>
#include <stdint.h>
#include <unistd.h>

static void *grow(void *levels)
{
    uintptr_t depth = (uintptr_t)levels, leaves = 0;
    pthread_t child[3];
    if (depth == 0) {
        usleep(500000);
        return (void *)1;
    }
    for (int i = 0; i < 3; i++)
        pthread_create(&child[i], NULL, grow, (void *)(depth - 1));
    for (int i = 0; i < 3; i++) {
        void *of_child;
        pthread_join(child[i], &of_child);
        leaves += (uintptr_t)of_child;
    }
    return (void *)leaves;
}

int main(void)
{
    return (uintptr_t)grow((void *)3) != 27;
}
