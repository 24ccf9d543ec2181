/*
 * The trader takes the feed's lock to copy the two fields, so it gets them from between
 * two updates and never from the middle of one.
 *
 * @repairs  race/reader-without-lock
 * @explore  TICKS=2 LOOKS=2
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
        quote.bid = 100 + tick % 50;
        quote.ask = quote.bid + SPREAD;
        pthread_mutex_unlock(&quote_lock);
    }
    return NULL;
}

static struct quote read_quote(void)
{
    struct quote copy;

    pthread_mutex_lock(&quote_lock); /* FIX: the feed is between two updates */
    copy.bid = quote.bid;
    copy.ask = quote.ask;
    pthread_mutex_unlock(&quote_lock);
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
