/*
 * A thread that is not the first one executes the program anew, which ends all others where they
 * wait, one of them with a lock held; and that three times over.
 * says: nothing
 * argv: 3
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t started;
static char **words;

static void *hold(void *unused)
{
    pthread_mutex_lock(&lock);
    pthread_barrier_wait(&started);
    sleep(60);
    return unused;
}

static void *execute(void *unused)
{
    char left[16];
    pthread_barrier_wait(&started);
    usleep(100000);
    snprintf(left, sizeof left, "%d", atoi(words[1]) - 1);
    execl("/proc/self/exe", words[0], left, (char *)NULL);
    return unused;
}

int main(int argc, char **argv)
{
    pthread_t holds, executes;
    if (argc < 2 || atoi(argv[1]) == 0)
        return argc < 2;
    words = argv;
    pthread_barrier_init(&started, NULL, 3);
    pthread_create(&holds, NULL, hold, NULL);
    pthread_create(&executes, NULL, execute, NULL);
    pthread_barrier_wait(&started);
    pthread_mutex_lock(&lock);
    return 1;
}
