/*
 * Parent and child lock two files in opposite orders, in the folder of the first
 * argument; with a second argument by fcntl (which finds some such cycles itself, but
 * not those of locks that belong to open files).
 */
#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

static int by_fcntl;

static int lock(int file)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return by_fcntl ? fcntl(file, F_OFD_SETLKW, &whole) : flock(file, LOCK_EX); /* HERE */
}

int main(int argc, char **argv)
{
    int went[2], came[2];
    char byte = 'x';
    if (argc < 2 || chdir(argv[1]) != 0 || pipe(went) != 0 || pipe(came) != 0)
        return 2;
    by_fcntl = argc > 2;
    pid_t child = fork();
    int to = child == 0 ? came[1] : went[1], from = child == 0 ? went[0] : came[0];
    int first = open(child == 0 ? "one" : "two", O_RDWR | O_CREAT, 0600);
    int second = open(child == 0 ? "two" : "one", O_RDWR | O_CREAT, 0600);
    if (lock(first) != 0 || write(to, &byte, 1) != 1 || read(from, &byte, 1) != 1)
        return 2;
    if (lock(second) != 0)
        return 2;
    waitpid(child, NULL, 0);
    return 0;
}
