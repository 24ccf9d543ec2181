/*
 * The thread that posted a shared semaphore so far has ended. A process that was started beside
 * posts the last one.
 * with: --stranded-seconds=1
 * says: nothing
 */
#include <pthread.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static sem_t *ready;

static void *produce(void *unused)
{
    for (int i = 0; i < 5; i++)
        sem_post(ready);
    return unused;
}

static void *beat(void *unused)
{
    for (int i = 0; i < 300; i++)
        usleep(10000);
    return unused;
}

int main(void)
{
    pthread_t producer, beats;
    ready = mmap(NULL, sizeof *ready, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    sem_init(ready, 1, 0);
    pid_t sibling = fork();
    if (sibling == 0) {
        usleep(2200000);
        sem_post(ready);
        _exit(0);
    }
    pthread_create(&beats, NULL, beat, NULL);
    pthread_create(&producer, NULL, produce, NULL);
    for (int taken = 0; taken < 6; taken++)
        sem_wait(ready);
    return waitpid(sibling, NULL, 0) < 0;
}
