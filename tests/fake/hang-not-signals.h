/* The part of hang-not.c whose waits end by signals and their handlers. */
#ifndef HANG_NOT_SIGNALS_H
#define HANG_NOT_SIGNALS_H

#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int over(void);

static sem_t posted;
static int own_pipe[2];

static void post(int signal)
{
    (void)signal;
    sem_post(&posted);
}

static void write_byte(int signal)
{
    (void)signal;
    if (write(own_pipe[1], "x", 1) != 1)
        _exit(2);
}

static void nothing(int signal)
{
    (void)signal;
}

static void on(int signal, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    sigaction(signal, &action, NULL);
}

static void tick(void)
{
    struct itimerval often = {{0, 150000}, {0, 150000}};
    setitimer(ITIMER_REAL, &often, NULL);
}

static void handler_posts(void)
{
    sem_init(&posted, 0, 0);
    on(SIGALRM, post, SA_RESTART);
    tick();
    while (!over())
        while (sem_wait(&posted) != 0 && errno == EINTR)
            ;
}

static void handler_writes(void)
{
    char byte;
    if (pipe(own_pipe) != 0)
        exit(2);
    on(SIGALRM, write_byte, SA_RESTART);
    tick();
    while (!over())
        if (read(own_pipe[0], &byte, 1) != 1)
            exit(2);
}

/* The child never ends by itself: an alarm ends the wait for it. */
static void handler_interrupts(void)
{
    int ends[2];
    char byte;
    if (pipe(ends) != 0)
        exit(2);
    on(SIGALRM, nothing, 0);
    while (!over()) {
        pid_t child = fork();
        if (child == 0)
            _exit(read(ends[0], &byte, 1) == 1);
        ualarm(150000, 0);
        if (waitpid(child, NULL, 0) < 0)
            kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
}

static void child_signals(void)
{
    sem_init(&posted, 0, 0);
    on(SIGCHLD, post, SA_RESTART);
    while (!over()) {
        if (fork() == 0) {
            usleep(150000);
            _exit(0);
        }
        while (sem_wait(&posted) != 0 && errno == EINTR)
            ;
        wait(NULL);
    }
}

static timer_t timer;

static void timer_signals(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
    struct itimerspec often = {{0, 150000000}, {0, 150000000}};
    sem_init(&posted, 0, 0);
    on(SIGRTMIN, post, SA_RESTART);
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0 ||
        timer_settime(timer, 0, &often, NULL) != 0)
        exit(2);
    while (!over())
        while (sem_wait(&posted) != 0 && errno == EINTR)
            ;
}

#endif
