/*
 * The mutex is made with the attribute PTHREAD_PROCESS_SHARED. Whoever gives it back then
 * has the kernel look for waiters in all processes that have mapped this memory.
 *
 * @repairs  deadlock/lock-not-shared
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNTERS 2
#define CUSTOMERS 100000 /* at each of the two */

struct tickets {
    pthread_barrier_t opening; /* nobody sells before all counters are manned */
    pthread_mutex_t lock; /* protects next, and the order in which tickets are printed */
    int next;
};

static void die(const char *what)
{
    perror(what);
    exit(2);
}

static struct tickets *open_tickets(void)
{
    struct tickets *tickets =
        mmap(NULL, sizeof *tickets, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (tickets == MAP_FAILED)
        die("mmap");
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED); /* FIX: wakes across */
    pthread_mutex_init(&tickets->lock, &attributes);
    pthread_barrierattr_t everybody;
    pthread_barrierattr_init(&everybody);
    pthread_barrierattr_setpshared(&everybody, PTHREAD_PROCESS_SHARED);
    pthread_barrier_init(&tickets->opening, &everybody, COUNTERS);
    return tickets;
}

static void counter(struct tickets *tickets, int printer)
{
    pthread_barrier_wait(&tickets->opening);
    for (int i = 0; i < CUSTOMERS; i++) {
        pthread_mutex_lock(&tickets->lock);
        int number = tickets->next++;
        if (write(printer, &number, sizeof number) != sizeof number)
            die("write");
        pthread_mutex_unlock(&tickets->lock);
    }
}

int main(void)
{
    int printer[2];
    if (pipe(printer) != 0)
        die("pipe");
    struct tickets *tickets = open_tickets();

    for (int i = 0; i < COUNTERS; i++)
        if (fork() == 0) {
            close(printer[0]);
            counter(tickets, printer[1]);
            _exit(0);
        }
    close(printer[1]);

    int number, printed = 0, wrong = 0;
    while (read(printer[0], &number, sizeof number) == sizeof number)
        wrong += number != printed++;
    while (wait(NULL) > 0)
        ;
    if (wrong != 0 || printed != COUNTERS * CUSTOMERS) {
        fprintf(stderr, "%d tickets printed, %d out of order\n", printed, wrong);
        return 1;
    }
    return 0;
}
