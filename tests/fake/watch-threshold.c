/*
 * What is nothing by default and something by a lower threshold. `rereads`: 3000 ends of
 * file in a row, with a tenth of a millisecond between. `zombies`: five, for a while. `holds`: a
 * lock that another thread waits for, for half a second. `passes`: a thread tries 40 times
 * for a lock that another one has just taken. `strands`: main waits 1.5 s for a thread that has
 * ended, while another one goes on and then signals.
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

/* Tries for the lock each time that the other one has it. */
static void *tries(void *unused)
{
    for (int i = 0; i < 40; i++) {
        pthread_barrier_wait(&meeting);
        if (pthread_mutex_trylock(&lock) == 0)
            pthread_mutex_unlock(&lock);
        pthread_barrier_wait(&meeting);
    }
    return unused;
}

static void pass_over(void)
{
    pthread_t thread;
    pthread_barrier_init(&meeting, NULL, 2);
    pthread_create(&thread, NULL, tries, NULL);
    for (int i = 0; i < 40; i++) {
        pthread_mutex_lock(&lock);
        pthread_barrier_wait(&meeting);
        usleep(10000);
        pthread_barrier_wait(&meeting);
        pthread_mutex_unlock(&lock);
    }
    pthread_join(thread, NULL);
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

static pthread_cond_t told = PTHREAD_COND_INITIALIZER;
static int items;

static void tell(void)
{
    pthread_mutex_lock(&lock);
    items++;
    pthread_cond_signal(&told);
    pthread_mutex_unlock(&lock);
}

static void *tells(void *unused)
{
    tell();
    tell();
    return unused;
}

static void *goes_on(void *unused)
{
    for (int i = 0; i < 150; i++)
        usleep(10000);
    tell();
    return unused;
}

static void strand(void)
{
    pthread_t one, other;
    pthread_create(&other, NULL, goes_on, NULL);
    pthread_create(&one, NULL, tells, NULL);
    pthread_mutex_lock(&lock);
    while (items < 3)
        pthread_cond_wait(&told, &lock);
    pthread_mutex_unlock(&lock);
    pthread_join(one, NULL);
    pthread_join(other, NULL);
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
    if (strcmp(what, "strands") == 0)
        strand();
    return 0;
}
