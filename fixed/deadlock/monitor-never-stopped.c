/*
 * A flag tells the monitor that no more alarms will come; it is set and signalled
 * under the monitor's own lock, so that it is seen, and the monitor still counts
 * what came before it.
 *
 * @repairs  deadlock/never-stopped
 * @explore  READINGS=20
 */
#include <pthread.h>
#include <stdio.h>

#define READINGS 1000
#define TOO_HOT 90

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t news = PTHREAD_COND_INITIALIZER;
static int pending; /* alarms that the monitor has not seen yet */
static int counted;
static int stopping;

static void *monitor(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&lock);
    while (pending > 0 || !stopping) { /* FIX: until told to stop */
        while (pending == 0 && !stopping)
            pthread_cond_wait(&news, &lock);
        counted += pending;
        pending = 0;
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void alarm_raised(void)
{
    pthread_mutex_lock(&lock);
    pending++;
    pthread_cond_signal(&news);
    pthread_mutex_unlock(&lock);
}

int main(void)
{
    pthread_t thread;
    int alarms = 0;

    pthread_create(&thread, NULL, monitor, NULL);
    for (int i = 0; i < READINGS; i++) {
        int degrees = 60 + i * 7 % 40;
        if (degrees > TOO_HOT) {
            alarms++;
            alarm_raised();
        }
    }
    pthread_mutex_lock(&lock); /* FIX: tell it, and wake it */
    stopping = 1;
    pthread_cond_signal(&news);
    pthread_mutex_unlock(&lock);
    pthread_join(thread, NULL);

    if (counted != alarms) {
        fprintf(stderr, "%d alarms counted instead of %d\n", counted, alarms);
        return 1;
    }
    return 0;
}
