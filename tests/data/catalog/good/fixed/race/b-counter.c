/*
 * One step instead of three.
 *
 * @repairs race/lost-update
 */
#include <pthread.h>

static int sales;

static void *clerk(void *unused)
{
    __atomic_fetch_add(&sales, 1, __ATOMIC_RELAXED); /* FIX: in one step */
    return unused;
}

int main(void)
{
    pthread_t other;
    pthread_create(&other, NULL, clerk, NULL);
    clerk(NULL);
    pthread_join(other, NULL);
    return sales != 2;
}
