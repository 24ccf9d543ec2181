/*
 * The lock is robust: the kernel marks it when its owner dies, and whoever takes it next
 * is told EOWNERDEAD. It declares the data consistent, which they are because the daemon
 * only read them, and goes on as the owner.
 *
 * @repairs  deadlock/owner-gone
 * @expect   helgrind=false-alarm drd=false-alarm
 * @why      helgrind,drd: they do not know robust mutexes: EOWNERDEAD is a failed lock to
 *           them, so that the unlock later on looks like that of a lock not held
 */
#include <errno.h>
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
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST); /* FIX: survives its owner */
    pthread_mutex_init(&table->lock, &attributes);
    return table;
}

static void lock_table(struct table *table)
{
    if (pthread_mutex_lock(&table->lock) == EOWNERDEAD) /* FIX: ours now; nothing to repair */
        pthread_mutex_consistent(&table->lock);
}

/* The daemon: prints the whole table whenever it is asked to. */
static void serve(struct table *table, int requests, int out)
{
    char request;
    while (read(requests, &request, 1) == 1) {
        lock_table(table);
        for (int page = 0; page < PAGES; page++)
            if (write(out, &table->visits[page], sizeof(long)) != sizeof(long))
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

    lock_table(table);
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
