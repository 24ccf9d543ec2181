/*
 * A condition of C11's <threads.h> is waited for, and the one that signals has done so already.
 * says: deadlock/lost-signal
 */
#include <threads.h>

static mtx_t lock;
static cnd_t ready;

static int prepare(void *unused)
{
    (void)unused;
    mtx_lock(&lock);
    cnd_signal(&ready);
    mtx_unlock(&lock);
    return 0;
}

int main(void)
{
    thrd_t other;
    mtx_init(&lock, mtx_plain);
    cnd_init(&ready);
    thrd_create(&other, prepare, NULL);
    thrd_join(other, NULL);
    mtx_lock(&lock);
    cnd_wait(&ready, &lock); /* HERE */
    mtx_unlock(&lock);
    return 0;
}
