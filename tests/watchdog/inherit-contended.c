/*
 * Priority-inheriting and robust mutexes under contention, with a condition, as they should be
 * used.
 * says: nothing
 */
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t inherits, robust;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int turn, steps;

static void *work(void *number)
{
    int mine = *(int *)number;
    for (int i = 0; i < 60; i++) {
        pthread_mutex_lock(&inherits);
        while (turn != mine)
            pthread_cond_wait(&changed, &inherits);
        turn = (turn + 1) % 3;
        usleep(1000);
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&inherits);
        pthread_mutex_lock(&robust);
        steps++;
        usleep(1000);
        pthread_mutex_unlock(&robust);
    }
    return NULL;
}

int main(void)
{
    pthread_t thread[3];
    int number[3] = {0, 1, 2};
    pthread_mutexattr_t how;
    pthread_mutexattr_init(&how);
    pthread_mutexattr_setprotocol(&how, PTHREAD_PRIO_INHERIT);
    pthread_mutex_init(&inherits, &how);
    pthread_mutexattr_setrobust(&how, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&robust, &how);
    for (int i = 0; i < 3; i++)
        pthread_create(&thread[i], NULL, work, &number[i]);
    for (int i = 0; i < 3; i++)
        pthread_join(thread[i], NULL);
    return steps - 180;
}
