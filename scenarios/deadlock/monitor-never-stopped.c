/*
 * A long-running monitor thread waits for alarms of a boiler and counts them. When
 * the day's readings are done, main waits for the monitor to end; but the monitor
 * has no end, and nobody tells it to stop.
 *
 * A loop that never ends is right for a monitor, and joining one's threads is right
 * for main; only together they are not. Before somebody added the join "to end
 * cleanly", the monitor died with the process. Now the program is done and stays.
 *
 * The twin tells the monitor to stop and wakes it. Detaching it, so that it ends
 * with the process, would do if nothing is lost by cutting it off.
 *
 * @hazard   deadlock/never-stopped
 * @concept  daemon, condition, thread, deadlock
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=caught
 * @why      tsan,helgrind,drd: that nobody is left who could signal is not among their checks
 * @explore  READINGS=20
 * @see      CWE-833
 */
#include <pthread.h>
#include <stdio.h>

#define READINGS 1000
#define TOO_HOT 90

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t news = PTHREAD_COND_INITIALIZER;
static int pending; /* alarms that the monitor has not seen yet */
static int counted;

static void *monitor(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&lock);
    for (;;) {
        while (pending == 0)
            pthread_cond_wait(&news, &lock); /* HAZARD: after the last alarm nobody signals */
        counted += pending;
        pending = 0;
    }
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
    pthread_join(thread, NULL); /* HAZARD: waits for a thread that has no end */

    if (counted != alarms) {
        fprintf(stderr, "%d alarms counted instead of %d\n", counted, alarms);
        return 1;
    }
    return 0;
}
