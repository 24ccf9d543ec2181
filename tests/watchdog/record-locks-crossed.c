/*
 * Two processes lock two bytes of a file in two orders, by locks that belong to the open file
 * (F_OFD_SETLKW): unlike F_SETLKW the kernel does not look for cycles.
 * says: deadlock/file-lock
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void lock_byte(int file, off_t at)
{
    struct flock byte = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = at, .l_len = 1};
    fcntl(file, F_OFD_SETLKW, &byte); /* HERE */
}

static void lock_both(off_t first, int ready, int go)
{
    char byte = 0;
    int file = open("records", O_RDWR | O_CREAT, 0600);
    lock_byte(file, first);
    if (write(ready, &byte, 1) == 1 && read(go, &byte, 1) == 1)
        lock_byte(file, 1 - first);
}

int main(void)
{
    int there[2], back[2];
    if (pipe(there) != 0 || pipe(back) != 0)
        exit(2);
    if (fork() == 0) {
        lock_both(0, there[1], back[0]);
        _exit(0);
    }
    lock_both(1, back[1], there[0]);
    wait(NULL);
    return 0;
}
