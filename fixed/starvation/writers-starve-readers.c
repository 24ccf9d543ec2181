/*
 * The lock has its default kind: when a writer leaves, readers that wait get in. And the
 * value is smoothed before the lock is taken, which is then free for nearly all of the time,
 * so that the writers do not stand in each other's way either.
 *
 * @repairs  starvation/writer-preference
 * @explore  SENSORS=2 WORK_SECONDS=0.00001 LATE_SECONDS=9
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
    for (int i = 0; i < 5000; i++) /* smooths the value */
        change += i % 3 - 1;
    pthread_rwlock_wrlock(&table_lock); /* FIX: after the work, not before */
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
    pthread_rwlock_rdlock(&table_lock);
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
    pthread_rwlock_init(&table_lock, NULL); /* FIX: a writer that leaves lets readers in */
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
