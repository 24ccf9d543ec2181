/* The library of globals.c. */
#include <pthread.h>

struct account {
    long balance;
    pthread_mutex_t lock;
    int audit[2][3];
};
struct account lent[2] = {{.balance = 1}};
static struct account kept[3];

const void *lent_hidden(void)
{
    return &kept[2].lock;
}
