/*
 * What the runtime puts back between two schedules of one process, or does not let happen: the
 * first argument names what is called. Run a second time in one process it comes to the same.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

typedef int set_mask(int how, const sigset_t *set, sigset_t *before);

static int blocks(set_mask *set)
{
    sigset_t usr1, before;
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    return set(SIG_BLOCK, &usr1, &before) == 0 && !sigismember(&before, SIGUSR1);
}

static int sets_timer(void)
{
    struct itimerval hour = {.it_value = {.tv_sec = 3600}}, before = {.it_value = {.tv_sec = 1}};
    return setitimer(ITIMER_REAL, &hour, &before) == 0 && before.it_value.tv_sec == 0;
}

static const char *name;

static void *call(void *right)
{
    *(int *)right = strcmp(name, "sigprocmask") == 0       ? blocks(sigprocmask)
                    : strcmp(name, "pthread_sigmask") == 0 ? blocks(pthread_sigmask)
                    : strcmp(name, "alarm") == 0           ? alarm(3600) == 0
                    : strcmp(name, "setitimer") == 0       ? sets_timer()
                    : strcmp(name, "fork") == 0            ? fork() >= 0
                    : strcmp(name, "vfork") == 0           ? vfork() >= 0
                    : strcmp(name, "system") == 0          ? system("true") == 0
                    : strcmp(name, "popen") == 0           ? popen("true", "r") != NULL
                    : strcmp(name, "daemon") == 0          ? daemon(1, 1) == 0
                                                           : 0;
    return NULL;
}

/* In main() and in a thread, which begins with the mask of who made it. */
int main(int argc, char **argv)
{
    name = argc > 1 ? argv[1] : "";
    int first = 0, second = 0;
    pthread_t thread;
    pthread_create(&thread, NULL, call, &first);
    pthread_join(thread, NULL);
    call(&second);
    return !first || !second;
}
