/*
 * bench-many PROCESSES THREADS LOCKS FILE: very many threads that all wait, and none for ever.
 * In one process THREADS threads hold LOCKS locks between them and each waits for one that
 * the thread before it holds, in rows of a hundred; at the head of each row a thread waits for
 * the main one, which sleeps. The other processes wait for a pipe that the first may write.
 * When all wait it makes FILE.
 */
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#define STACK (64 << 10)
#define ROW 100

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t *locks;
static size_t each; /* locks that a thread holds */
static sem_t holds;

static void *waits(void *number)
{
    size_t i = (size_t)(uintptr_t)number;
    for (size_t k = 0; k < each; k++)
        pthread_mutex_lock(&locks[i * each + k]);
    sem_post(&holds);
    pthread_mutex_lock(i % ROW == 0 ? &gate : &locks[(i - 1) * each]);
    return NULL;
}

static void start_threads(size_t n)
{
    pthread_t thread;
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, STACK);
    for (size_t i = 0; i < n; i++) {
        if (pthread_create(&thread, &small, waits, (void *)(uintptr_t)i) != 0)
            _exit(2);
        /* It has its locks before the next one comes, which wants one of them. */
        while (sem_wait(&holds) != 0)
            ;
    }
}

static void start_processes(size_t n, const int *ends)
{
    char byte;
    for (size_t i = 0; i < n; i++) {
        pid_t child = fork();
        if (child < 0)
            _exit(2);
        if (child == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            close(ends[1]);
            _exit(read(ends[0], &byte, 1) == 1);
        }
    }
}

int main(int argc, char **argv)
{
    int ends[2];
    if (argc != 5 || pipe(ends) != 0)
        return 2;
    size_t threads = strtoul(argv[2], NULL, 10), n = strtoul(argv[3], NULL, 10);
    locks = calloc(n, sizeof *locks);
    if (threads == 0 || locks == NULL)
        return 2;
    each = n / threads;
    sem_init(&holds, 0, 0);
    pthread_mutex_lock(&gate);
    start_processes(strtoul(argv[1], NULL, 10) - 1, ends);
    start_threads(threads);
    sleep(1); /* until the last of them have come to their waits */
    close(open(argv[4], O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
    sleep(300);
    return 0;
}
