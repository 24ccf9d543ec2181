/*
 * A price feed updates bid and ask together under a lock, but the trader reads the
 * two without it and can get the new bid with the old ask.
 *
 * "I only read" is the reason that is always given: nothing is changed, so what
 * could go wrong? A reader without the lock sees the writer's work half done. The
 * two numbers are each right and do not belong together: the user sees a spread
 * that was never quoted, and trades on it.
 *
 * The twin takes the lock to copy both fields. A seqlock, or publishing a pointer to
 * a finished pair, would spare the reader the lock.
 *
 * @hazard   race/reader-without-lock
 * @concept  race, lock, thread
 * @expect   tsan=caught helgrind=caught drd=caught watchdog=blind explorer=caught
 * @why      watchdog: it watches waiting, not memory
 * @explore  TICKS=2 LOOKS=2
 * @see      CWE-366, CWE-820
 */
#include <pthread.h>
#include <stdio.h>

#define TICKS 20000
#define LOOKS 8000
#define SPREAD 3

struct quote {
    long bid, ask; /* ask is always bid + SPREAD */
};

static pthread_mutex_t quote_lock = PTHREAD_MUTEX_INITIALIZER;
static struct quote quote = {100, 100 + SPREAD};

static void *feed(void *unused)
{
    (void)unused;
    for (long tick = 0; tick < TICKS; tick++) {
        pthread_mutex_lock(&quote_lock);
        quote.bid = 100 + tick % 50;    /* HAZARD: from here the pair does not fit */
        quote.ask = quote.bid + SPREAD; /* HAZARD: until here */
        pthread_mutex_unlock(&quote_lock);
    }
    return NULL;
}

static struct quote read_quote(void)
{
    struct quote copy;

    copy.bid = quote.bid; /* HAZARD: the feed may be between its two writes */
    copy.ask = quote.ask; /* HAZARD: or have moved on between these two reads */
    return copy;
}

int main(void)
{
    pthread_t feeder;
    long torn = 0;

    pthread_create(&feeder, NULL, feed, NULL);
    for (int look = 0; look < LOOKS; look++) {
        struct quote seen = read_quote();
        if (seen.ask - seen.bid != SPREAD)
            torn++;
    }
    pthread_join(feeder, NULL);

    if (torn > 0) {
        fprintf(stderr, "%ld of %d quotes had a spread that was never quoted\n", torn, LOOKS);
        return 1;
    }
    return 0;
}
