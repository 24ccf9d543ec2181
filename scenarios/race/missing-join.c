/*
 * The second half of a sum is given to a helper thread, and the two halves are added
 * before the helper was joined.
 *
 * The join is there, at the end, where everything is tidied up: it reads like freeing
 * memory, as if it only gave back the thread. But it is also the one thing that says
 * "the result is there now". Since both halves take equally long, the helper has
 * often finished; the user sees a total that is sometimes about half of what it
 * should be, on a busy machine mostly.
 *
 * The twin joins before it adds. Any other signal that the helper is done (a
 * condition, a semaphore) would serve, if it is waited for before the result is read.
 *
 * @hazard   race/missing-join
 * @concept  race, thread, parallelism
 * @expect   tsan=caught helgrind=caught drd=caught watchdog=blind explorer=caught
 * @why      watchdog: it watches waiting, not memory
 * @explore  SALES=4
 * @see      CWE-366, CWE-820
 */
#include <pthread.h>
#include <stdio.h>

#define SALES 20000

struct half {
    const int *first, *end;
    long sum;
};

static int sales[SALES];
static struct half lower = {sales, sales + SALES / 2, 0};
static struct half upper = {sales + SALES / 2, sales + SALES, 0};

static void *add_up(void *argument)
{
    struct half *half = argument;
    long sum = 0;

    for (const int *sale = half->first; sale < half->end; sale++)
        sum += *sale;
    half->sum = sum; /* HAZARD: nobody has waited for this */
    return NULL;
}

int main(void)
{
    pthread_t helper;
    long expected = 0, total;

    for (int i = 0; i < SALES; i++) {
        sales[i] = 5 + i % 90;
        expected += sales[i];
    }

    pthread_create(&helper, NULL, add_up, &upper);
    add_up(&lower);
    total = lower.sum + upper.sum; /* HAZARD: the helper may still be adding */
    pthread_join(helper, NULL);

    if (total != expected) {
        fprintf(stderr, "sales come to %ld, not %ld\n", expected, total);
        return 1;
    }
    return 0;
}
