/* As many philosophers as the argument says, who take both forks under a common gate. */
#include <pthread.h>
#include <stdlib.h>

enum { MOST = 8 };

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t forks[MOST];
static int n;

static void *dine(void *argument)
{
    int i = *(int *)argument;
    pthread_mutex_lock(&gate);
    pthread_mutex_lock(&forks[i]);
    pthread_mutex_lock(&forks[(i + 1) % n]);
    pthread_mutex_unlock(&gate);
    pthread_mutex_unlock(&forks[i]);
    pthread_mutex_unlock(&forks[(i + 1) % n]);
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t threads[MOST];
    int seats[MOST];
    n = argc > 1 ? atoi(argv[1]) : 3;
    for (int i = 0; i < n; i++) {
        pthread_mutex_init(&forks[i], NULL);
        seats[i] = i;
    }
    for (int i = 0; i < n; i++)
        pthread_create(&threads[i], NULL, dine, &seats[i]);
    for (int i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
