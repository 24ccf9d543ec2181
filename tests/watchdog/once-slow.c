/*
 * What must be done once takes half a second, and all threads but one wait for it.
 * says: nothing
 */
#include <pthread.h>
#include <unistd.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int done;

static void initialise(void)
{
    usleep(500000);
    done++;
}

static void *work(void *unused)
{
    pthread_once(&once, initialise);
    return unused;
}

int main(void)
{
    pthread_t thread[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&thread[i], NULL, work, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(thread[i], NULL);
    return done - 1;
}
