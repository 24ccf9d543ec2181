/*
 * Two branches of a bank, two processes, move money between two accounts in shared
 * memory. Each account has its lock. One branch locks the first account and then the
 * second, the other one the second and then the first: each holds what the other needs.
 *
 * This is the oldest deadlock of all, and between processes it is harder to see:
 * there may be two programs, written by two people, neither of which ever locks in
 * the wrong order, for there is no wrong order as long as one looks at one of them.
 * Both branches stand still, and no tool that looks at one process finds a cycle.
 *
 * The twin always locks the account with the lower number first. One lock for the
 * whole bank would do too, and so would trylock for the second account with a way
 * back: give the first one up and start again.
 *
 * @hazard   deadlock/lock-cycle
 * @concept  process, lock, shared-memory, deadlock
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=blind
 * @why      tsan,helgrind,drd: each process takes the locks in one order only; the cycle
 *           exists only when both processes are taken together
 * @why      explorer: it follows one process, and ends where this program makes a second one
 * @see      CWE-833
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define BRANCHES 2
#define TRANSFERS 20000 /* by each branch */
#define START 100000L

struct account {
    pthread_mutex_t lock; /* protects balance */
    long balance;
};

static void die(const char *what)
{
    perror(what);
    exit(2);
}

static struct account *open_bank(void)
{
    struct account *bank =
        mmap(NULL, 2 * sizeof *bank, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (bank == MAP_FAILED)
        die("mmap");
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    for (int i = 0; i < 2; i++) {
        pthread_mutex_init(&bank[i].lock, &attributes);
        bank[i].balance = START;
    }
    return bank;
}

/* Moves one coin and notes it in the bank's audit. */
static void transfer(struct account *from, struct account *to, int audit)
{
    pthread_mutex_lock(&from->lock);
    long withdrawn = 1;
    if (write(audit, &withdrawn, sizeof withdrawn) != sizeof withdrawn)
        die("write");
    pthread_mutex_lock(&to->lock); /* HAZARD: the other branch may hold it and wait for ours */
    from->balance -= withdrawn;
    to->balance += withdrawn;
    pthread_mutex_unlock(&to->lock);
    pthread_mutex_unlock(&from->lock);
}

static void branch(struct account *bank, int number, int audit)
{
    for (int i = 0; i < TRANSFERS; i++)
        transfer(&bank[number], &bank[1 - number], audit);
}

int main(void)
{
    int audit[2];
    if (pipe(audit) != 0)
        die("pipe");
    struct account *bank = open_bank();
    for (int i = 0; i < BRANCHES; i++)
        if (fork() == 0) {
            close(audit[0]);
            branch(bank, i, audit[1]);
            _exit(0);
        }
    close(audit[1]);

    long moved = 0, coins;
    while (read(audit[0], &coins, sizeof coins) == sizeof coins)
        moved += coins;
    while (wait(NULL) > 0)
        ;
    if (moved != BRANCHES * TRANSFERS || bank[0].balance + bank[1].balance != 2 * START) {
        fprintf(stderr, "%ld coins moved, %ld + %ld in the bank\n", moved, bank[0].balance,
                bank[1].balance);
        return 1;
    }
    return 0;
}
