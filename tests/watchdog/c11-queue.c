/*
 * A queue with C11's threads: two conditions, waits with and without a time-out, call_once().
 * says: nothing
 */
#include <threads.h>
#include <time.h>

#define ROOM 4
#define ITEMS 400

static mtx_t lock;
static cnd_t filled, emptied;
static once_flag once = ONCE_FLAG_INIT;
static int n, sum;

static void set_up(void)
{
    mtx_init(&lock, mtx_timed);
    cnd_init(&filled);
    cnd_init(&emptied);
}

static int consume(void *unused)
{
    (void)unused;
    call_once(&once, set_up);
    for (int i = 0; i < ITEMS; i++) {
        mtx_lock(&lock);
        while (n == 0)
            cnd_wait(&filled, &lock);
        n--;
        sum++;
        cnd_signal(&emptied);
        mtx_unlock(&lock);
    }
    return 0;
}

int main(void)
{
    thrd_t consumer;
    thrd_create(&consumer, consume, NULL);
    call_once(&once, set_up);
    for (int i = 0; i < ITEMS; i++) {
        struct timespec until;
        timespec_get(&until, TIME_UTC);
        until.tv_sec += 10;
        mtx_lock(&lock);
        while (n == ROOM)
            cnd_timedwait(&emptied, &lock, &until);
        n++;
        cnd_signal(&filled);
        mtx_unlock(&lock);
        thrd_sleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    thrd_join(consumer, NULL);
    return sum - ITEMS;
}
