/*
 * Processes that share two mutexes, a condition and a barrier in memory, and use all of them right.
 * says: nothing
 */
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
    pthread_mutex_t a, b;
    pthread_cond_t turned;
    pthread_barrier_t done;
    int turn, steps;
};

static void work(struct shared *shared, int mine)
{
    for (int i = 0; i < 50; i++) {
        pthread_mutex_lock(&shared->a);
        while (shared->turn != mine)
            pthread_cond_wait(&shared->turned, &shared->a);
        pthread_mutex_lock(&shared->b);
        shared->steps++;
        usleep(2000);
        pthread_mutex_unlock(&shared->b);
        shared->turn = (mine + 1) % 3;
        pthread_cond_broadcast(&shared->turned);
        pthread_mutex_unlock(&shared->a);
    }
    pthread_barrier_wait(&shared->done);
}

int main(void)
{
    struct shared *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t mutex;
    pthread_condattr_t condition;
    pthread_barrierattr_t barrier;
    pthread_mutexattr_init(&mutex);
    pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
    pthread_condattr_init(&condition);
    pthread_condattr_setpshared(&condition, PTHREAD_PROCESS_SHARED);
    pthread_barrierattr_init(&barrier);
    pthread_barrierattr_setpshared(&barrier, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&shared->a, &mutex);
    pthread_mutex_init(&shared->b, &mutex);
    pthread_cond_init(&shared->turned, &condition);
    pthread_barrier_init(&shared->done, &barrier, 3);
    for (int i = 1; i < 3; i++)
        if (fork() == 0) {
            work(shared, i);
            _exit(0);
        }
    work(shared, 0);
    while (wait(NULL) > 0)
        ;
    return shared->steps - 150;
}
