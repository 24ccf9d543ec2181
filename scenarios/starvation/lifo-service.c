/*
 * Clients share one connection to a database. Who finds it taken puts himself on a list,
 * and who gives it back passes it on to the first of the list. The list is a stack: the
 * newest is served first, and the one who came first is at the bottom and stays there as
 * long as others keep coming.
 *
 * To add to a linked list at its head takes one line, to add at its end takes a loop or a
 * second pointer, and for "all who wait" the order seems not to matter. While there is
 * little to do it does not: the list has no more than one entry. Under load the mean time
 * of waiting stays fine, and so do all graphs of it, while single users wait for minutes.
 *
 * The twin adds at the end of the list. A number that is drawn on arrival, as at a counter,
 * would do too.
 *
 * @hazard   starvation/lifo-service
 * @concept  starvation, queue, condition, fairness, thread
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=blind
 * @why      tsan,helgrind,drd: all is under one lock, nothing is raced for, and in which
 *           order waiting threads are served is nothing that they look at
 * @why      explorer: its time is logical, and any thread may be kept waiting at will: who waits
 *           for long, and why, is nothing that it measures
 * @explore  CLIENTS=2 WORK_SECONDS=0.00005 LATE_SECONDS=9
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#define CLIENTS 6
#define WORK_SECONDS 2.0
#define LATE_SECONDS 1.0

struct request {
    bool granted;
    struct request *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t passed_on = PTHREAD_COND_INITIALIZER;
static struct request *waiting; /* under lock, as `taken` is */
static bool taken;
static double end_of_work;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void add(struct request *request)
{
    struct request **end = &waiting; /* HAZARD: at the head, before those who came earlier */
    request->next = *end;
    *end = request;
}

static void take_connection(void)
{
    struct request mine = {.granted = false};
    pthread_mutex_lock(&lock);
    if (taken) {
        add(&mine);
        while (!mine.granted)
            pthread_cond_wait(&passed_on, &lock); /* HAZARD: who comes later is served before */
    }
    taken = true;
    pthread_mutex_unlock(&lock);
}

static void give_back(void)
{
    pthread_mutex_lock(&lock);
    if (waiting != NULL) {
        waiting->granted = true;
        waiting = waiting->next;
    } else {
        taken = false;
    }
    pthread_cond_broadcast(&passed_on);
    pthread_mutex_unlock(&lock);
}

static void *client(void *longest)
{
    while (now() < end_of_work) {
        double asked = now();
        take_connection();
        double waited = now() - asked;
        if (waited > *(double *)longest)
            *(double *)longest = waited;
        give_back();
    }
    return NULL;
}

int main(void)
{
    pthread_t clients[CLIENTS];
    double longest[CLIENTS] = {0};
    int late = 0;
    end_of_work = now() + WORK_SECONDS;
    for (int i = 0; i < CLIENTS; i++)
        pthread_create(&clients[i], NULL, client, &longest[i]);
    for (int i = 0; i < CLIENTS; i++)
        pthread_join(clients[i], NULL);
    for (int i = 0; i < CLIENTS; i++)
        if (longest[i] > LATE_SECONDS)
            late++;
    if (late > 0)
        printf("%d of %d clients waited for more than half of the time\n", late, CLIENTS);
    return late > 0;
}
