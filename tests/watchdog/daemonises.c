/*
 * A program becomes a daemon as the books have it: two forks, a session, another folder, all files
 * closed. The daemon works for a moment; who started it waits until it is ready.
 * says: nothing
 */
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *serve(void *unused)
{
    for (int i = 0; i < 50; i++) {
        pthread_mutex_lock(&lock);
        usleep(1000);
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

static void become_daemon(int keep)
{
    if (fork() != 0)
        _exit(0);
    setsid();
    if (fork() != 0)
        _exit(0);
    umask(0);
    if (chdir("/") != 0)
        _exit(1);
    for (int i = 0; i < 1024; i++)
        if (i != keep)
            close(i);
}

int main(void)
{
    int ready[2];
    char byte = 0;
    pthread_t thread[2];
    if (pipe(ready) != 0)
        return 2;
    if (fork() != 0) {
        close(ready[1]);
        return read(ready[0], &byte, 1) != 1;
    }
    become_daemon(ready[1]);
    for (int i = 0; i < 2; i++)
        pthread_create(&thread[i], NULL, serve, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    exit(write(ready[1], &byte, 1) != 1);
}
