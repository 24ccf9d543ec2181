/*
 * Threads are cancelled in a wait for a condition, a semaphore, a join and a pipe; handlers let go
 * what they hold, and others go on with it.
 * says: nothing
 */
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static sem_t none;
static pthread_t sleeper;
static int wire[2], cleaned;

static void unlock(void *unused)
{
    (void)unused;
    cleaned++;
    pthread_mutex_unlock(&lock);
}

static void *wait_somehow(void *how)
{
    char byte;
    pthread_mutex_lock(&lock);
    pthread_cleanup_push(unlock, NULL);
    if (*(char *)how == 'c')
        while (1)
            pthread_cond_wait(&never, &lock);
    if (*(char *)how == 's')
        sem_wait(&none);
    if (*(char *)how == 'j')
        pthread_join(sleeper, NULL);
    if (*(char *)how == 'r' && read(wire[0], &byte, 1) < 0)
        cleaned = 0;
    pthread_cleanup_pop(1);
    return NULL;
}

static void *sleep_on(void *unused)
{
    sleep(60);
    return unused;
}

int main(void)
{
    if (pipe(wire) != 0 || sem_init(&none, 0, 0) != 0)
        return 2;
    pthread_create(&sleeper, NULL, sleep_on, NULL);
    for (const char *how = "csjr"; *how != '\0'; how++) {
        pthread_t waiter;
        pthread_create(&waiter, NULL, wait_somehow, (void *)how);
        usleep(100000);
        pthread_cancel(waiter);
        pthread_join(waiter, NULL);
    }
    pthread_cancel(sleeper);
    pthread_join(sleeper, NULL);
    return cleaned - 4 + pthread_mutex_trylock(&lock);
}
