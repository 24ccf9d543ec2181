/*
 * The helper is joined before its half is read. The join waits until it has finished
 * and makes all that it wrote visible.
 *
 * @repairs  race/missing-join
 * @explore  SALES=4
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
    half->sum = sum;
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
    pthread_join(helper, NULL); /* FIX: now its sum is there */
    total = lower.sum + upper.sum;

    if (total != expected) {
        fprintf(stderr, "sales come to %ld, not %ld\n", expected, total);
        return 1;
    }
    return 0;
}
