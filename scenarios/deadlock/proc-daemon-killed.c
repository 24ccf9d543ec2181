/*
 * A daemon counts visits in shared memory and prints the table on request. The
 * reader has seen enough after a few lines and closes the pipe; the daemon is killed
 * by SIGPIPE in the middle of printing, and the lock that it held stays taken.
 *
 * A thread that is killed takes its whole process with it, so that nobody is left to miss
 * its locks. With locks in shared memory that is no longer so: a daemon can be killed
 * at any instruction, by a signal, by an administrator or for want of memory, and
 * each of its locks then belongs to nobody. Nothing is printed and no other process
 * is told; the next one that wants the table waits for ever.
 *
 * The twin makes the lock robust: whoever takes it next is told EOWNERDEAD, puts the
 * data in order (here there is nothing to repair, the daemon was only reading) and
 * declares the lock consistent. A lock by fcntl() would do too: the kernel gives it
 * back when its process ends.
 *
 * @hazard   deadlock/owner-gone
 * @concept  daemon, process, lock, shared-memory, pipe, signal
 * @expect   tsan=blind helgrind=caught drd=blind watchdog=caught explorer=blind
 * @why      tsan,drd: the process that took the lock is another one than the one that waits,
 *           and its death by a signal is no event to them
 * @why      explorer: it follows one process, and ends where this program makes a second one
 * @also     misuse
 * @see      pthread_mutexattr_setrobust(3), CWE-667
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGES 20000 /* 8 bytes each: more than a pipe holds */
#define ENOUGH 3

struct table {
    pthread_mutex_t lock; /* protects visits */
    long visits[PAGES];
};

static void die(const char *what)
{
    perror(what);
    exit(2);
}

static struct table *open_table(void)
{
    struct table *table =
        mmap(NULL, sizeof *table, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (table == MAP_FAILED)
        die("mmap");
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&table->lock, &attributes);
    return table;
}

static void lock_table(struct table *table)
{
    pthread_mutex_lock(&table->lock); /* HAZARD: its owner died and cannot give it back */
}

/* The daemon: prints the whole table whenever it is asked to. */
static void serve(struct table *table, int requests, int out)
{
    char request;
    while (read(requests, &request, 1) == 1) {
        lock_table(table);
        for (int page = 0; page < PAGES; page++)
            if (write(out, &table->visits[page], sizeof(long)) != sizeof(long)) /* HAZARD: dies */
                die("write");
        pthread_mutex_unlock(&table->lock);
    }
}

int main(void)
{
    int requests[2], out[2];
    if (pipe(requests) != 0 || pipe(out) != 0)
        die("pipe");
    struct table *table = open_table();

    pid_t daemon = fork();
    if (daemon == 0) {
        close(requests[1]);
        close(out[0]);
        serve(table, requests[0], out[1]);
        _exit(0);
    }
    close(requests[0]);
    close(out[1]);

    long visits = 0, sum = 0;
    if (write(requests[1], "?", 1) != 1)
        die("write");
    for (int i = 0; i < ENOUGH && read(out[0], &visits, sizeof visits) == sizeof visits; i++)
        sum += visits;
    close(out[0]);

    lock_table(table); /* HAZARD: the daemon was killed while it printed */
    table->visits[0]++;
    pthread_mutex_unlock(&table->lock);
    close(requests[1]);
    waitpid(daemon, NULL, 0);
    if (sum != 0 || table->visits[0] != 1) {
        fprintf(stderr, "%ld visits before, %ld after the first one\n", sum, table->visits[0]);
        return 1;
    }
    return 0;
}
