/*
 * A list calls back for each entry with its lock held, and the callback asks for the list's length.
 * says: deadlock/self-lock
 */
#include <pthread.h>
#include <stdio.h>

struct list {
    pthread_mutex_t lock;
    int entry[4], n;
};
static struct list primes = {PTHREAD_MUTEX_INITIALIZER, {2, 3, 5, 7}, 4};

static int length(struct list *list)
{
    pthread_mutex_lock(&list->lock); /* HERE */
    int n = list->n;
    pthread_mutex_unlock(&list->lock);
    return n;
}

static void for_each(struct list *list, void (*call)(struct list *, int))
{
    pthread_mutex_lock(&list->lock);
    for (int i = 0; i < list->n; i++)
        call(list, list->entry[i]);
    pthread_mutex_unlock(&list->lock);
}

static void print(struct list *list, int entry)
{
    printf("%d of %d\n", entry, length(list));
}

int main(void)
{
    for_each(&primes, print);
    return 0;
}
