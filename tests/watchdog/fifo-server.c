/*
 * A server that reads commands from a FIFO, which it has open to write as well lest it ends with
 * its first client: anybody who knows the name may come. An alarm ends it.
 * says: nothing
 * ends: signal 14
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t command = PTHREAD_COND_INITIALIZER;
static int commands;

static void *obey(void *unused)
{
    pthread_mutex_lock(&lock);
    while (commands == 0)
        pthread_cond_wait(&command, &lock);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void)
{
    pthread_t worker;
    char byte;
    ualarm(500000, 0);
    if (mkfifo("commands", 0600) != 0)
        return 2;
    int in = open("commands", O_RDWR);
    pthread_create(&worker, NULL, obey, NULL);
    while (read(in, &byte, 1) == 1) {
        pthread_mutex_lock(&lock);
        commands++;
        pthread_cond_signal(&command);
        pthread_mutex_unlock(&lock);
    }
    return 1;
}
