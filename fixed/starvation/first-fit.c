/*
 * Drives are given to the head of the queue or to nobody. While the big job stands there
 * the small ones wait, the drives come back one by one, and it starts as soon as the third
 * is there.
 *
 * @repairs  starvation/first-fit
 * @explore  DRIVES=2 CLIENTS=2 SMALL_JOB=2 WORK_SECONDS=0.00001 LATE_SECONDS=9
 */
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#define DRIVES 3
#define CLIENTS 6
#define SMALL_JOB 50000 /* bytes */
#define WORK_SECONDS 1.2
#define LATE_SECONDS 0.5

struct job {
    int needs, granted;
    struct job *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t drives_given = PTHREAD_COND_INITIALIZER;
static struct job *queue; /* under lock, as `free_drives` is */
static int free_drives = DRIVES;
static double end_of_work;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Gives the drives that are free to jobs of the queue. Under lock. */
static void give_drives(void)
{
    while (queue != NULL && queue->needs <= free_drives) { /* FIX: nobody passes the head */
        free_drives -= queue->needs;
        queue->granted = 1;
        queue = queue->next;
    }
    pthread_cond_broadcast(&drives_given);
}

static void take_drives(int n)
{
    struct job mine = {.needs = n};
    pthread_mutex_lock(&lock);
    struct job **end = &queue;
    while (*end != NULL)
        end = &(*end)->next;
    *end = &mine;
    give_drives();
    while (!mine.granted)
        pthread_cond_wait(&drives_given, &lock);
    pthread_mutex_unlock(&lock);
}

static void return_drives(int n)
{
    pthread_mutex_lock(&lock);
    free_drives += n;
    give_drives();
    pthread_mutex_unlock(&lock);
}

static void *client(void *checksum)
{
    while (now() < end_of_work) {
        take_drives(1);
        for (unsigned byte = 0; byte < SMALL_JOB; byte++)
            *(unsigned *)checksum = *(unsigned *)checksum * 31 + byte;
        return_drives(1);
    }
    return NULL;
}

int main(void)
{
    pthread_t clients[CLIENTS];
    unsigned checksum[CLIENTS] = {0};
    end_of_work = now() + WORK_SECONDS;
    for (int i = 0; i < CLIENTS; i++)
        pthread_create(&clients[i], NULL, client, &checksum[i]);

    double longest = 0;
    while (now() < end_of_work) { /* one full backup after the other */
        double asked = now();
        take_drives(DRIVES);
        if (now() - asked > longest)
            longest = now() - asked;
        return_drives(DRIVES);
    }
    for (int i = 0; i < CLIENTS; i++)
        pthread_join(clients[i], NULL);
    if (longest > LATE_SECONDS) {
        printf("a full backup started %.1f s late\n", longest);
        return 1;
    }
    return 0;
}
