/*
 * A child of _Fork(), which runs no handlers, has a spin lock that it shares with its parent, while
 * the parent spins for it.
 * says: nothing
 */
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct table {
    pthread_spinlock_t lock;
    pthread_barrier_t locked;
    int entries;
};

static void fill(struct table *table)
{
    pthread_spin_lock(&table->lock);
    pthread_barrier_wait(&table->locked);
    for (int i = 0; i < 8; i++) {
        usleep(50000);
        table->entries++;
    }
    pthread_spin_unlock(&table->lock);
    _exit(0);
}

int main(void)
{
    struct table *table =
        mmap(NULL, sizeof *table, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_spin_init(&table->lock, PTHREAD_PROCESS_SHARED);
    pthread_barrierattr_t both;
    pthread_barrierattr_init(&both);
    pthread_barrierattr_setpshared(&both, PTHREAD_PROCESS_SHARED);
    pthread_barrier_init(&table->locked, &both, 2);
    pid_t child = _Fork();
    if (child == 0)
        fill(table);
    pthread_barrier_wait(&table->locked);
    pthread_spin_lock(&table->lock);
    int entries = table->entries;
    pthread_spin_unlock(&table->lock);
    return waitpid(child, NULL, 0) != child || entries != 8;
}
