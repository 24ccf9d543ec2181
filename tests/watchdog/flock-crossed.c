/*
 * Two processes lock two files with flock() in two orders.
 * says: deadlock/file-lock
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

static int locked[2], go[2];

static void lock_both(const char *first, const char *second)
{
    char byte = 0;
    int one = open(first, O_RDWR | O_CREAT, 0600), two = open(second, O_RDWR | O_CREAT, 0600);
    flock(one, LOCK_EX);
    if (write(locked[1], &byte, 1) != 1 || read(go[0], &byte, 1) != 1)
        exit(2);
    flock(two, LOCK_EX); /* HERE */
    _exit(0);
}

int main(void)
{
    char bytes[2];
    if (pipe(locked) != 0 || pipe(go) != 0)
        exit(2);
    if (fork() == 0)
        lock_both("inbox", "outbox");
    if (fork() == 0)
        lock_both("outbox", "inbox");
    for (int i = 0; i < 2; i++)
        if (read(locked[0], bytes, 1) != 1)
            exit(2);
    if (write(go[1], bytes, 2) != 2)
        exit(2);
    while (wait(NULL) > 0)
        ;
    return 0;
}
