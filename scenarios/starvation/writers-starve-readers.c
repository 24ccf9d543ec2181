/*
 * Sensors write their values into a table, and a display reads it. The table's lock
 * prefers writers, so that no value is late. One of the sensors is always waiting to
 * write, and the display gets no turn as long as the sensors work.
 *
 * To prefer writers is the well-known cure for a writer that readers keep out, and it is
 * written down in one line, far away from where the lock is used. It is right as long as
 * writes are rare. Here they are the main business: each sensor that leaves hands the
 * lock on to the next that waits, past the reader, and is back in the queue before that
 * one is done. The user sees a display that froze at the moment when it got busy.
 *
 * The twin takes the lock's default kind, which lets waiting readers in when a writer
 * leaves, and smooths the values before it takes the lock. A lock that is passed on in the
 * order of arrival would do too.
 *
 * @hazard   starvation/writer-preference
 * @concept  starvation, rwlock, fairness, thread
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=blind
 * @why      tsan,helgrind,drd: every access is under the lock that belongs to it, and how long
 *           a thread waits for one is nothing that they measure
 * @why      explorer: its time is logical, and any thread may be kept waiting at will: who waits
 *           for long, and why, is nothing that it measures
 * @explore  SENSORS=2 WORK_SECONDS=0.00001 LATE_SECONDS=9
 * @see      pthread_rwlockattr_setkind_np(3)
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#define SENSORS 12
#define WORK_SECONDS 1.2
#define LATE_SECONDS 0.5

static pthread_rwlock_t table_lock;
static long table[SENSORS];
static double end_of_work;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void write_value(int sensor)
{
    long change = 0;
    pthread_rwlock_wrlock(&table_lock);
    for (int i = 0; i < 5000; i++) /* smooths the value */
        change += i % 3 - 1;
    table[sensor] += change;
    pthread_rwlock_unlock(&table_lock);
}

static void *sensor(void *argument)
{
    while (now() < end_of_work)
        write_value(*(int *)argument);
    return NULL;
}

static long read_table(void)
{
    long sum = 0;
    pthread_rwlock_rdlock(&table_lock); /* HAZARD: whenever a writer leaves, another one waits */
    for (int i = 0; i < SENSORS; i++)
        sum += table[i];
    pthread_rwlock_unlock(&table_lock);
    return sum;
}

int main(void)
{
    pthread_t sensors[SENSORS];
    int numbers[SENSORS];
    /* From one picture of the display to the next. */
    struct timespec frame = {0, 5000000};
    pthread_rwlockattr_t kind;
    pthread_rwlockattr_init(&kind);
    pthread_rwlockattr_setkind_np(&kind, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&table_lock, &kind);
    end_of_work = now() + WORK_SECONDS;
    for (int i = 0; i < SENSORS; i++) {
        numbers[i] = i;
        pthread_create(&sensors[i], NULL, sensor, &numbers[i]);
    }

    double longest = 0;
    while (now() < end_of_work) {
        double asked = now();
        read_table();
        if (now() - asked > longest)
            longest = now() - asked;
        nanosleep(&frame, NULL);
    }
    for (int i = 0; i < SENSORS; i++)
        pthread_join(sensors[i], NULL);
    if (longest > LATE_SECONDS) {
        printf("the display stood still for %.1f s\n", longest);
        return 1;
    }
    return 0;
}
