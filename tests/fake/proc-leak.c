/*
 * Leaves something behind:
 *   child       a child that ignores SIGTERM and holds the output open; exits with 7
 *   daemon      the same, but a grandchild in a session of its own
 *   stopped     a child that is stopped
 *   traced      a child that traces its parent, and never asks how that ended
 *   ending      a child that ends by itself soon after its parent
 *   handover    nothing, but the output was sent into the socket $READY
 *   thread      nothing: its main thread ends, and another one runs on
 *   zombie      nothing: a dead child that is not collected while it waits
 *   stay        a daemon as above, but does not exit itself
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void ready(void)
{
    const char *fd = getenv("READY");
    if (fd != NULL && write(atoi(fd), "r", 1) != 1)
        _exit(1);
}

static _Noreturn void wait_for_ever(void)
{
    alarm(120);
    signal(SIGTERM, SIG_IGN);
    for (;;)
        pause();
}

/* Forks; the parent returns when the child has written to `gate`, or died. */
static pid_t fork_behind_gate(int *gate)
{
    int ends[2];
    if (pipe(ends) != 0)
        exit(1);
    pid_t child = fork();
    if (child == 0) {
        *gate = ends[1];
        return 0;
    }
    close(ends[1]);
    char byte;
    if (read(ends[0], &byte, 1) < 0)
        exit(1);
    close(ends[0]);
    return child;
}

static void leave_daemon(void)
{
    int gate;
    pid_t child = fork_behind_gate(&gate);
    if (child != 0) {
        waitpid(child, NULL, 0);
        return;
    }
    setsid();
    if (fork() != 0)
        _exit(0); /* the gate opens when the grandchild closes it */
    prctl(PR_SET_NAME, "escaper) R 1 (");
    setsid();
    signal(SIGTERM, SIG_IGN);
    close(gate);
    wait_for_ever();
}

static void leave_child(void)
{
    int gate;
    if (fork_behind_gate(&gate) != 0)
        return;
    signal(SIGTERM, SIG_IGN);
    close(gate);
    wait_for_ever();
}

static void leave_stopped(void)
{
    pid_t child = fork();
    if (child == 0) {
        alarm(120);
        raise(SIGSTOP);
        _exit(0);
    }
    waitpid(child, NULL, WUNTRACED);
}

static void leave_tracer(void)
{
    int gate;
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
    if (fork_behind_gate(&gate) != 0)
        return;
    if (ptrace(PTRACE_SEIZE, getppid(), NULL, NULL) != 0)
        _exit(1);
    close(gate);
    wait_for_ever();
}

static void leave_ending(void)
{
    int ends[2];
    char byte;
    if (pipe(ends) != 0)
        exit(1);
    if (fork() != 0)
        return;
    close(ends[1]);
    ssize_t got = read(ends[0], &byte, 1); /* returns when the parent is gone */
    usleep(10000);
    _exit(got != 0);
}

static void hand_over_output(void)
{
    char control[CMSG_SPACE(sizeof(int))] = {0}, byte = 'r';
    struct iovec data = {&byte, 1};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    int output = STDOUT_FILENO;
    memcpy(CMSG_DATA(header), &output, sizeof output);
    const char *fd = getenv("READY");
    if (fd == NULL || sendmsg(atoi(fd), &message, 0) != 1)
        exit(1);
}

/* Tells that it is ready when the main thread is a zombie. */
static void *outlive_main_thread(void *unused)
{
    char state = 0;
    while (state != 'Z') {
        FILE *file = fopen("/proc/self/stat", "r");
        if (file == NULL || fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
            exit(1);
        fclose(file);
        usleep(1000);
    }
    ready();
    wait_for_ever();
    return unused;
}

static void leave_main_thread(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, outlive_main_thread, NULL) == 0)
        pthread_exit(NULL);
}

static void keep_zombie(void)
{
    pid_t child = fork();
    siginfo_t info;
    if (child == 0)
        _exit(0);
    waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT);
    ready();
    wait_for_ever();
}

static void stay_with_daemon(void)
{
    leave_daemon();
    ready();
    wait_for_ever();
}

int main(int argc, char **argv)
{
    alarm(120);
    const char *how = argc > 1 ? argv[1] : "";
    if (strcmp(how, "child") == 0)
        leave_child();
    else if (strcmp(how, "daemon") == 0)
        leave_daemon();
    else if (strcmp(how, "stopped") == 0)
        leave_stopped();
    else if (strcmp(how, "traced") == 0)
        leave_tracer();
    else if (strcmp(how, "ending") == 0)
        leave_ending();
    else if (strcmp(how, "handover") == 0)
        hand_over_output();
    else if (strcmp(how, "thread") == 0)
        leave_main_thread();
    else if (strcmp(how, "zombie") == 0)
        keep_zombie();
    else if (strcmp(how, "stay") == 0)
        stay_with_daemon();
    return 7;
}
