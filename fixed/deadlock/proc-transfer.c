/*
 * Whichever way the money goes, the account that comes first in the bank is locked first.
 * Whoever waits for the second account's lock then knows that its holder has what it needs.
 *
 * @repairs  deadlock/lock-cycle
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
    struct account *first = from < to ? from : to;
    struct account *second = from < to ? to : from;
    pthread_mutex_lock(&first->lock); /* FIX: the same order in all branches */
    long withdrawn = 1;
    if (write(audit, &withdrawn, sizeof withdrawn) != sizeof withdrawn)
        die("write");
    pthread_mutex_lock(&second->lock);
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
