/*
 * Three processes in a ring of robust mutexes in shared memory: nobody dies, so robust does not
 * help.
 * says: deadlock/lock-cycle
 */
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct table {
    pthread_mutex_t lock[3];
    pthread_barrier_t met;
};

static void work(struct table *table, int i)
{
    pthread_mutex_lock(&table->lock[i]);
    pthread_barrier_wait(&table->met);
    pthread_mutex_lock(&table->lock[(i + 1) % 3]); /* HERE */
    _exit(0);
}

int main(void)
{
    struct table *table =
        mmap(NULL, sizeof *table, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t robust;
    pthread_mutexattr_init(&robust);
    pthread_mutexattr_setpshared(&robust, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&robust, PTHREAD_MUTEX_ROBUST);
    for (int i = 0; i < 3; i++)
        pthread_mutex_init(&table->lock[i], &robust);
    pthread_barrierattr_t shared;
    pthread_barrierattr_init(&shared);
    pthread_barrierattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
    pthread_barrier_init(&table->met, &shared, 3);
    for (int i = 0; i < 3; i++)
        if (fork() == 0)
            work(table, i);
    while (wait(NULL) > 0)
        ;
    return 0;
}
