/* `steps N`: two threads add to a number N times each, each time a step. For `make bench`. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

static _Atomic int counter;
static int turns;

static void *count(void *unused)
{
    (void)unused;
    for (int i = 0; i < turns; i++)
        atomic_fetch_add(&counter, 1);
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t threads[2];
    turns = argc > 1 ? atoi(argv[1]) : 1;
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, count, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    return counter != 2 * turns;
}
