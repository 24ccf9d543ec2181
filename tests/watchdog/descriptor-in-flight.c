/*
 * A process reads a pipe and has a write end of it open itself, by neglect. Another write end is on
 * its way to a child through a socket, where no process has it open; the child takes its time.
 * says: nothing
 */
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

union control {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
};

static int pass(int line, int *descriptor, int send)
{
    char byte = 0;
    union control control = {.header = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
    struct iovec one = {&byte, 1};
    struct msghdr message = {.msg_iov = &one,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    if (send) {
        memcpy(CMSG_DATA(&control.header), descriptor, sizeof(int));
        return sendmsg(line, &message, 0) != 1;
    }
    if (recvmsg(line, &message, 0) != 1)
        return 1;
    memcpy(descriptor, CMSG_DATA(&control.header), sizeof(int));
    return 0;
}

int main(void)
{
    int line[2], wire[2], status;
    char byte = 0;
    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, line) != 0)
        return 2;
    if (fork() == 0) {
        usleep(400000);
        int wrong = pass(line[1], &wire[1], 0);
        _exit(wrong || write(wire[1], &byte, 1) != 1);
    }
    if (pipe(wire) != 0 || pass(line[0], &wire[1], 1) != 0)
        return 2;
    ssize_t n = read(wire[0], &byte, 1);
    return wait(&status) < 0 || status != 0 || n != 1;
}
