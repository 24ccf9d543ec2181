/*
 * Parent and child wait for each other by a System V message queue, by a socket pair and by an
 * event counter: waits of which the watchdog cannot tell who ends them.
 * says: nothing
 */
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct message {
    long type;
    char text[4];
};

int main(void)
{
    struct message message = {1, "hi"};
    int line[2], status, counter = eventfd(0, 0), queue = msgget(IPC_PRIVATE, 0600);
    uint64_t one = 1;
    char byte = 0;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, line) != 0 || queue < 0)
        return 2;
    pid_t child = fork();
    if (child == 0) {
        usleep(150000);
        int wrong = msgsnd(queue, &message, sizeof message.text, 0);
        usleep(150000);
        wrong += write(line[1], &byte, 1) != 1;
        usleep(150000);
        wrong += write(counter, &one, sizeof one) != sizeof one;
        _exit(wrong);
    }
    int wrong = msgrcv(queue, &message, sizeof message.text, 0, 0) != sizeof message.text;
    msgctl(queue, IPC_RMID, NULL);
    wrong += read(line[0], &byte, 1) != 1;
    wrong += read(counter, &one, sizeof one) != sizeof one;
    return waitpid(child, &status, 0) != child || status != 0 || wrong;
}
