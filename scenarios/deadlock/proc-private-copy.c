/*
 * A program has its price list added up in the background and waits for a flag to
 * be set. The background is a process: it sets the flag in a copy of the memory
 * that is its own, and wakes nobody.
 *
 * A program is a file; a process is that program running, with memory of its own;
 * a thread is one flow of control within a process. After fork() both processes
 * have variables with the same names and even the same addresses, and they are not
 * the same variables. Everything looks as it would with threads: lock, flag,
 * condition, signal. The child is done in no time, and the parent waits for ever.
 *
 * The twin starts a thread, which shares the memory of its process. Two processes
 * would need shared memory from mmap() with a mutex and a condition that are
 * PTHREAD_PROCESS_SHARED, or would simply send the sum through a pipe.
 *
 * @hazard   deadlock/private-copy
 * @concept  program, process, thread, condition, shared-memory
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=blind
 * @why      tsan,helgrind,drd: each process by itself locks, waits and signals correctly;
 *           that they do so in different memory shows only when both are seen together
 * @why      explorer: it follows one process, and ends where this program makes a second one
 * @explore  PRICES=20
 * @see      fork(2), pthread_cond_wait(3)
 */
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define PRICES 100000

static struct {
    pthread_mutex_t lock; /* protects all of this */
    pthread_cond_t changed;
    int done;
    long sum;
} job = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0};

static void *add_up(void *unused)
{
    (void)unused;
    long sum = 0;
    for (int i = 0; i < PRICES; i++)
        sum += i % 10;

    pthread_mutex_lock(&job.lock);
    job.sum = sum;
    job.done = 1;
    pthread_cond_signal(&job.changed);
    pthread_mutex_unlock(&job.lock);
    return NULL;
}

static long wait_for_sum(void)
{
    pthread_mutex_lock(&job.lock);
    while (!job.done)
        pthread_cond_wait(&job.changed, &job.lock); /* HAZARD: the child set its own flag */
    long sum = job.sum;
    pthread_mutex_unlock(&job.lock);
    return sum;
}

int main(void)
{
    pid_t worker = fork();
    if (worker < 0) {
        perror("fork");
        return 2;
    }
    if (worker == 0) {
        add_up(NULL);
        _exit(0);
    }

    long sum = wait_for_sum();
    waitpid(worker, NULL, 0);
    if (sum != PRICES / 10 * 45L) {
        fprintf(stderr, "the prices add up to %ld, not to %ld\n", sum, PRICES / 10 * 45L);
        return 1;
    }
    return 0;
}
