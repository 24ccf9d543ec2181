/*
 * Two translators compare the same two dictionaries, one from English, the other
 * from German: each locks its own dictionary for reading and the other one as
 * well. The second lock is taken for writing, though nothing is written.
 *
 * Two readers do not shut each other out, so crossed read locks are harmless as
 * long as nobody waits to write in between. "Better the strong lock, to be on
 * the safe side" is enough to end that: a writer waits for the reader who waits
 * for the other dictionary, and both translators sit there for ever.
 *
 * The twin takes both locks for reading. Where the second dictionary has to be
 * changed, or where writers go first, only a fixed order of the two will do.
 *
 * @hazard   deadlock/lock-order
 * @concept  rwlock, thread, deadlock
 * @expect   tsan=caught helgrind=caught drd=blind watchdog=caught explorer=caught
 * @why      drd: keeps no lock-order graph
 * @explore  WORDS=2 ROUNDS=2
 * @see      CWE-833
 */
#include <pthread.h>
#include <stdio.h>

#define WORDS 500
#define ROUNDS 15000

struct dictionary {
    pthread_rwlock_t lock;
    int words[WORDS]; /* sorted */
};

static struct dictionary english, german;
static pthread_barrier_t opening;

/* How many words of `from` are missing in `to`. */
static int missing(struct dictionary *from, struct dictionary *to)
{
    int sorted = 1, count = 0;

    pthread_rwlock_rdlock(&from->lock);
    for (int i = 1; i < WORDS; i++)
        sorted = sorted && from->words[i - 1] < from->words[i];
    pthread_rwlock_wrlock(&to->lock); /* HAZARD: shuts the other reader out, who shuts us out */
    for (int i = 0, k = 0; sorted && i < WORDS; i++) {
        while (k < WORDS && to->words[k] < from->words[i])
            k++;
        if (k == WORDS || to->words[k] != from->words[i])
            count++;
    }
    pthread_rwlock_unlock(&to->lock);
    pthread_rwlock_unlock(&from->lock);
    return count;
}

static void *from_english(void *arg)
{
    long *sum = arg;
    pthread_barrier_wait(&opening);
    for (int i = 0; i < ROUNDS; i++)
        *sum += missing(&english, &german);
    return NULL;
}

static void *from_german(void *arg)
{
    long *sum = arg;
    pthread_barrier_wait(&opening);
    for (int i = 0; i < ROUNDS; i++)
        *sum += missing(&german, &english);
    return NULL;
}

int main(void)
{
    pthread_t threads[2];
    long sums[2] = {0, 0};

    pthread_rwlock_init(&english.lock, NULL);
    pthread_rwlock_init(&german.lock, NULL);
    for (int i = 0; i < WORDS; i++) {
        english.words[i] = 2 * i;
        german.words[i] = 3 * i;
    }
    /* One look at each before the work begins. */
    int english_only = missing(&english, &german);
    int german_only = missing(&german, &english);

    pthread_barrier_init(&opening, NULL, 2);
    pthread_create(&threads[0], NULL, from_english, &sums[0]);
    pthread_create(&threads[1], NULL, from_german, &sums[1]);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);

    if (sums[0] != (long)ROUNDS * english_only || sums[1] != (long)ROUNDS * german_only) {
        fprintf(stderr, "counted %ld and %ld missing words instead of %ld and %ld\n", sums[0],
                sums[1], (long)ROUNDS * english_only, (long)ROUNDS * german_only);
        return 1;
    }
    return 0;
}
