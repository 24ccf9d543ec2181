/*
 * A transfer changes two accounts but holds the lock of only one of them, so two
 * transfers in opposite directions change the same balance under different locks.
 *
 * There is a lock, it is taken and given back around both lines, and a reviewer
 * nods. But a lock keeps out only those who take the same one: the balance of the
 * account that receives is guarded by a lock that nobody took. The user sees money
 * appear or vanish while the books of each single transfer look right.
 *
 * The twin takes the locks of both accounts, always the one at the lower address
 * first so that two transfers cannot wait for each other. One lock for the whole
 * bank would be simpler and let only one transfer run at a time.
 *
 * @hazard   race/wrong-lock
 * @concept  race, lock, thread
 * @expect   tsan=caught helgrind=caught drd=caught watchdog=blind explorer=caught
 * @why      watchdog: it watches waiting, not memory
 * @explore  TRANSFERS=2
 * @see      CWE-366, CWE-821
 */
#include <pthread.h>
#include <stdio.h>

#define TRANSFERS 20000
#define OPENING 1000000L

struct account {
    pthread_mutex_t lock; /* guards balance */
    long balance;
};

struct teller {
    struct account *from, *to;
};

static struct account accounts[2] = {
    {PTHREAD_MUTEX_INITIALIZER, OPENING},
    {PTHREAD_MUTEX_INITIALIZER, OPENING},
};

static void transfer(struct account *from, struct account *to, long amount)
{
    pthread_mutex_lock(&from->lock);
    from->balance -= amount; /* HAZARD: the other teller adds to it under another lock */
    to->balance += amount;   /* HAZARD: the lock of this account is not held */
    pthread_mutex_unlock(&from->lock);
}

static void *work(void *argument)
{
    struct teller *teller = argument;

    for (int i = 0; i < TRANSFERS; i++)
        transfer(teller->from, teller->to, 1 + i % 7);
    return NULL;
}

int main(void)
{
    struct teller tellers[2] = {{&accounts[0], &accounts[1]}, {&accounts[1], &accounts[0]}};
    pthread_t threads[2];
    long total;

    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, work, &tellers[i]);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);

    total = accounts[0].balance + accounts[1].balance;
    if (total != 2 * OPENING) {
        fprintf(stderr, "the bank held %ld, now it holds %ld\n", 2 * OPENING, total);
        return 1;
    }
    return 0;
}
