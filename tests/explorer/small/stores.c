/*
 * As many atomic stores as the second argument says: `alone`, sequentially consistent ones; or
 * `read`, beside a thread that reads once and may find any of them.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void hazmat_outcome(unsigned long value);

static atomic_int word;

static void *read_once(void *unused)
{
    hazmat_outcome((unsigned long)atomic_load_explicit(&word, memory_order_relaxed));
    return unused;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    bool read = strcmp(argv[1], "read") == 0;
    int n = atoi(argv[2]);
    pthread_t reader;
    if (read)
        pthread_create(&reader, NULL, read_once, NULL);
    for (int i = 1; i <= n; i++)
        atomic_store_explicit(&word, i, read ? memory_order_relaxed : memory_order_seq_cst);
    if (read)
        pthread_join(reader, NULL);
    else
        hazmat_outcome((unsigned long)n);
    return 0;
}
