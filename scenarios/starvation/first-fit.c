/*
 * A backup server has three tape drives. Small jobs need one of them, the big one needs
 * all three. Whenever a drive becomes free it goes to the first job in the queue for which
 * there are drives enough. That is always a small one, so never are three free at once.
 *
 * To let a job pass that can run right away keeps all drives busy, and it looks unfair to
 * let drives stand idle for somebody who cannot start yet. It is what a clever scheduler
 * does, and it is fine while there are gaps between the small jobs. When there are none,
 * the big job stands at the head of the queue, first in line, and is passed for ever. It
 * is found weeks later, when somebody needs the full backup.
 *
 * The twin serves strictly in order: nobody passes the head of the queue. To let pass a
 * few and then no more would do too, and keep the drives busier.
 *
 * @hazard   starvation/first-fit
 * @concept  starvation, queue, condition, fairness, pool
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=blind
 * @why      tsan,helgrind,drd: all is under one lock, nothing is raced for, and in which
 *           order waiting threads are served is nothing that they look at
 * @why      explorer: its time is logical, and any thread may be kept waiting at will: who waits
 *           for long, and why, is nothing that it measures
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
    for (struct job **at = &queue; *at != NULL;) {
        struct job *job = *at;
        if (job->needs <= free_drives) {
            free_drives -= job->needs;
            job->granted = 1;
            *at = job->next;
        } else {
            at = &job->next;
        }
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
        pthread_cond_wait(&drives_given, &lock); /* HAZARD: who needs less is let pass */
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
