/*
 * The trick with the pipe to oneself: a thread reads a pipe whose only writer is the handler of a
 * signal in the same process, which a timer sends.
 * says: nothing
 */
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

static int wire[2];

static void on_alarm(int signal)
{
    char byte = (char)signal;
    if (write(wire[1], &byte, 1) != 1)
        _exit(2);
}

static void *collect(void *unused)
{
    char byte;
    for (int i = 0; i < 4;)
        i += read(wire[0], &byte, 1) == 1;
    return unused;
}

int main(void)
{
    pthread_t collects;
    struct itimerval every = {{.tv_usec = 120000}, {.tv_usec = 120000}};
    if (pipe(wire) != 0)
        return 2;
    signal(SIGALRM, on_alarm);
    setitimer(ITIMER_REAL, &every, NULL);
    pthread_create(&collects, NULL, collect, NULL);
    return pthread_join(collects, NULL);
}
