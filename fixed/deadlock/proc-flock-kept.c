/*
 * The helper closes its copy of the open file before anything else. When the parent closes
 * its own, that was the last one, and the lock is free.
 *
 * @repairs  deadlock/inherited-lock
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#define RECORDS 20

static char path[] = "journal-XXXXXX";

static void die(const char *what)
{
    perror(what);
    exit(2);
}

static int lock_journal(void)
{
    int journal = open(path, O_WRONLY | O_APPEND);
    if (journal < 0)
        die(path);
    if (flock(journal, LOCK_EX) != 0)
        die("flock");
    return journal;
}

static void add_record(int journal, int record)
{
    if (write(journal, &record, sizeof record) != sizeof record)
        die("write");
}

/* Compresses old journals whenever it is told to (that part is left out). */
static void helper(int orders)
{
    int order;
    while (read(orders, &order, sizeof order) == sizeof order)
        ;
}

int main(void)
{
    int made = mkstemp(path);
    if (made < 0)
        die(path);
    close(made);
    int orders[2];
    if (pipe(orders) != 0)
        die("pipe");

    int journal = lock_journal();
    add_record(journal, 0);
    pid_t child = fork();
    if (child == 0) {
        close(journal); /* FIX: else we would hold the parent's lock for as long as we live */
        close(orders[1]);
        helper(orders[0]);
        _exit(0);
    }
    close(orders[0]);
    close(journal); /* this gives the lock back, or so it looks */

    for (int record = 1; record < RECORDS; record++) {
        journal = lock_journal();
        add_record(journal, record);
        close(journal);
    }
    close(orders[1]);
    waitpid(child, NULL, 0);

    journal = open(path, O_RDONLY);
    off_t size = lseek(journal, 0, SEEK_END);
    unlink(path);
    if (size != (off_t)(RECORDS * sizeof(int))) {
        fprintf(stderr, "the journal has %ld bytes\n", (long)size);
        return 1;
    }
    return 0;
}
