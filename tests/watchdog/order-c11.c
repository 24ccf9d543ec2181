/*
 * Two C11 mutexes in two orders, one of which comes about in a callback.
 * says: deadlock/lock-order
 */
#include <threads.h>
#include <time.h>

static mtx_t model, view;
static int drawn;

static void redraw(void)
{
    mtx_lock(&view); /* HERE */
    drawn++;
    mtx_unlock(&view);
}

static void change(void (*changed)(void))
{
    mtx_lock(&model);
    changed();
    mtx_unlock(&model);
}

static int click(void *unused)
{
    (void)unused;
    thrd_sleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
    mtx_lock(&view);
    mtx_lock(&model); /* HERE */
    mtx_unlock(&model);
    mtx_unlock(&view);
    return 0;
}

int main(void)
{
    thrd_t clicks;
    mtx_init(&model, mtx_plain);
    mtx_init(&view, mtx_plain);
    thrd_create(&clicks, click, NULL);
    change(redraw);
    thrd_join(clicks, NULL);
    return drawn - 1;
}
