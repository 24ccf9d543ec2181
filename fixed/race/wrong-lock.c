/*
 * A transfer holds the locks of both accounts that it changes. It takes the one at the
 * lower address first whichever way the money goes, so that two transfers never wait
 * for each other.
 *
 * @repairs  race/wrong-lock
 * @explore  TRANSFERS=2
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
    struct account *first = from < to ? from : to;
    struct account *second = from < to ? to : from;

    pthread_mutex_lock(&first->lock); /* FIX: both accounts, always in the same order */
    pthread_mutex_lock(&second->lock);
    from->balance -= amount;
    to->balance += amount;
    pthread_mutex_unlock(&second->lock);
    pthread_mutex_unlock(&first->lock);
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
