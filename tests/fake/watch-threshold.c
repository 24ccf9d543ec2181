/*
 * What is nothing by default and something by a lower threshold. `rereads`: 3000 ends of
 * file in a row, with a tenth of a millisecond between. `zombies`: five, for a while. `holds`: a
 * lock that another thread waits for, for half a second. `passes`: a thread is woken 40 times for
 * what another one gets.
 */
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t meeting;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void *wants(void *unused)
{
    pthread_barrier_wait(&meeting);
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    return unused;
}

static void hold(void)
{
    pthread_t thread;
    pthread_barrier_init(&meeting, NULL, 2);
    pthread_mutex_lock(&lock);
    pthread_create(&thread, NULL, wants, NULL);
    pthread_barrier_wait(&meeting);
    for (double end = now() + 0.5; now() < end;)
        ;
    pthread_mutex_unlock(&lock);
    pthread_join(thread, NULL);
}

static pthread_cond_t given = PTHREAD_COND_INITIALIZER;
static int gifts[2]; /* for each of two; the first gets its one at the end */

static void *receives(void *arguments)
{
    int who = arguments != NULL, wanted = who == 0 ? 1 : 40;
    for (; wanted > 0; wanted--) {
        pthread_mutex_lock(&lock);
        while (gifts[who] == 0)
            pthread_cond_wait(&given, &lock);
        gifts[who]--;
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

static void give(int who)
{
    pthread_mutex_lock(&lock);
    gifts[who]++;
    pthread_cond_broadcast(&given);
    pthread_mutex_unlock(&lock);
}

static void pass_over(void)
{
    pthread_t one, two;
    pthread_create(&one, NULL, receives, NULL);
    pthread_create(&two, NULL, receives, &given);
    for (int i = 0; i < 40; i++) {
        usleep(10000);
        give(1);
    }
    give(0);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
}

static void reread(void)
{
    int file = open("/dev/null", O_RDONLY);
    char byte;
    for (int i = 0; i < 3000 && read(file, &byte, 1) == 0; i++)
        for (double next = now() + 0.0001; now() < next;)
            ;
}

static void leave_zombies(void)
{
    for (int i = 0; i < 5; i++)
        if (fork() == 0)
            _exit(0);
    usleep(500000);
    while (wait(NULL) > 0)
        ;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "rereads") == 0)
        reread();
    if (strcmp(what, "zombies") == 0)
        leave_zombies();
    if (strcmp(what, "holds") == 0)
        hold();
    if (strcmp(what, "passes") == 0)
        pass_over();
    return 0;
}
