/*
 * One process opens a FIFO to read, and who writes there comes half a second later.
 * says: nothing
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    char text[8];
    if (mkfifo("door", 0600) != 0)
        return 2;
    pid_t child = fork();
    if (child == 0) {
        usleep(500000);
        int to = open("door", O_WRONLY);
        _exit(write(to, "hello", 5) != 5);
    }
    int from = open("door", O_RDONLY);
    ssize_t n = read(from, text, sizeof text);
    return waitpid(child, NULL, 0) != child || n != 5;
}
