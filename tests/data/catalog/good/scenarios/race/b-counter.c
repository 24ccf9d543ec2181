/*
 * Two clerks count the same sales.
 *
 * @hazard  race/lost-update
 * @concept thread, race
 * @expect  tsan=caught helgrind=caught drd=caught
 * @flags   -O0
 */
#include <pthread.h>

static int sales;

static void *clerk(void *unused)
{
    sales++; /* HAZARD: both clerks do this */
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
