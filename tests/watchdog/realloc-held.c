/*
 * An array of objects grows while one of them is locked: the lock moves away under its holder.
 * says: misuse/free-held
 */
#include <pthread.h>
#include <stdlib.h>

struct slot {
    pthread_mutex_t lock;
    int value;
};

int main(void)
{
    size_t n = 4;
    struct slot *slots = calloc(n, sizeof *slots), *behind = malloc(64);
    for (size_t i = 0; i < n; i++)
        pthread_mutex_init(&slots[i].lock, NULL);
    pthread_mutex_lock(&slots[2].lock);
    struct slot *grown = realloc(slots, 1000 * n * sizeof *slots); /* HERE */
    grown[2].value = 1;
    free(behind);
    return 0;
}
