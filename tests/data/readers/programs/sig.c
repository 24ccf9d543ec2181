#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static volatile sig_atomic_t done;
static void on(int number)
{
    free(malloc(10));
    errno = number;
    done = 1;
}

static void *idle(void *p)
{
    return p;
}

int main(void)
{
    signal(SIGUSR1, on);
    pthread_t t;
    pthread_create(&t, NULL, idle, NULL);
    pthread_join(t, NULL);
    kill(getpid(), SIGUSR1);
    while (!done)
        ;
    return 0;
}
