/*
 * A program locks its journal file, writes, starts a helper and closes the file,
 * which should give the lock back. The helper has inherited the open file and with it
 * the lock. The program locks again and waits for its own helper, which waits for it.
 *
 * A lock by flock() belongs to the open file, and fork() lets the child share it: the
 * lock lasts until the last copy of the descriptor is closed, in whichever process
 * that is. The helper never heard of the journal. Who starts helpers in another place
 * of the program, or in a library, does not think of the locks that happen to be held.
 * The user sees a journal that stays locked for as long as some helper lives.
 *
 * The twin closes the inherited file in the helper. Unlocking with LOCK_UN before the
 * close would do too, for that ends the lock whoever shares it; and O_CLOEXEC does
 * where the helper is another program that is started by exec.
 *
 * @hazard   deadlock/inherited-lock
 * @concept  process, file, lock, pipe
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=blind
 * @why      tsan,helgrind,drd: locks on files are kept by the kernel and seen by none of them
 * @why      explorer: it follows one process, and ends where this program makes a second one
 * @see      flock(2), CWE-403, CWE-667
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
    if (flock(journal, LOCK_EX) != 0) /* HAZARD: the helper shares the open file that is locked */
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
    while (read(orders, &order, sizeof order) == sizeof order) /* HAZARD: keeps the lock */
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
