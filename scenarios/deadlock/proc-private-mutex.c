/*
 * Two processes draw numbers from one counter in shared memory, under a mutex in
 * the same memory. But the mutex was made for the threads of one process: whoever
 * has to wait for it is never woken, for the wake-up stays within the other one.
 *
 * A mutex is a word in memory. Taking a free one is one atomic instruction, which
 * works across processes whatever the attributes say, so the program passes every
 * test in which the two never meet. Only who finds it taken asks the kernel to be
 * woken, and an ordinary mutex tells the kernel to look for waiters in the own
 * process only. The user sees one of the two counters stop, some time after the
 * shop has opened, with the lock free; more rarely a number that is sold twice, for
 * in a process of one thread glibc does even without the atomic instruction.
 *
 * The twin gives the mutex the attribute PTHREAD_PROCESS_SHARED. An atomic counter
 * would do too, or flock() on a file.
 *
 * @hazard   deadlock/lock-not-shared
 * @concept  process, lock, shared-memory, pipe
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=sometimes explorer=blind
 * @why      tsan,helgrind,drd: they see one process, in which the mutex is used correctly,
 *           and do not check its attributes against the memory that it is in
 * @why      watchdog: 997 of 1,000 runs; in the others both got in at a time before one had
 *           to wait, and the program ended, with tickets out of order
 * @why      explorer: it follows one process, and ends where this program makes a second one
 * @see      pthread_mutexattr_setpshared(3), futex(2)
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
    pthread_mutex_init(&tickets->lock, NULL);
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
        pthread_mutex_lock(&tickets->lock); /* HAZARD: who waits here is never woken */
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
    while (read(printer[0], &number, sizeof number) == sizeof number) /* HAZARD: no more come */
        wrong += number != printed++;
    while (wait(NULL) > 0)
        ;
    if (wrong != 0 || printed != COUNTERS * CUSTOMERS) {
        fprintf(stderr, "%d tickets printed, %d out of order\n", printed, wrong);
        return 1;
    }
    return 0;
}
