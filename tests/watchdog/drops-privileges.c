/*
 * A program that was started by root becomes nobody and executes itself anew, and both work.
 * says: nothing
 */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define NOBODY 65534

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int turns;

static void *take_turns(void *unused)
{
    for (int i = 0; i < 100; i++) {
        pthread_mutex_lock(&lock);
        turns++;
        usleep(1000);
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

int main(int argc, char **argv)
{
    pthread_t thread[2];
    if (getuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
        return 2;
    for (int i = 0; i < 2; i++)
        pthread_create(&thread[i], NULL, take_turns, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    if (turns == 200 && argc == 1) {
        /* Nobody may not be able to read the program's folder: then this was it. */
        execl("/proc/self/exe", argv[0], "again", (char *)NULL);
        return 0;
    }
    return turns - 200;
}
