/*
 * Two guards lock two doors, each in the order of their own round.
 *
 *
 * A second paragraph
 *   with a line that stands further in.
 *
 * @hazard   deadlock/lock-order
 * @concept  lock,
 *           thread, deadlock
 * @expect   tsan=caught helgrind=sometimes
 *           drd=blind
 * @why      drd: keeps no
 *           lock-order graph: it looks at races
 * @why      helgrind: only where both rounds are walked
 * @also     misuse
 * @see      CWE-833, pthread_mutex_lock(3)
 */
#include <pthread.h>

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t back = PTHREAD_MUTEX_INITIALIZER;
static const char *const words[] = {"/* HAZARD: in a string */", "\"// FIX: too"};

static void *round_of_one(void *unused)
{
    pthread_mutex_lock(&front);
    pthread_mutex_lock(&back); /* HAZARD: the other guard holds it
                                * and waits for us */
    pthread_mutex_unlock(&back);
    pthread_mutex_unlock(&front);
    return unused;
}

int main(void)
{
    pthread_t other;
    pthread_create(&other, NULL, round_of_one, NULL);
    pthread_mutex_lock(&back);
    pthread_mutex_lock(&front); // HAZARD: the other way round
    pthread_mutex_unlock(&front);
    pthread_mutex_unlock(&back);
    return pthread_join(other, NULL) + (words[0] == NULL);
}
