/* Parent and child open two FIFOs in opposite orders, in the folder of the argument. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc < 2 || chdir(argv[1]) != 0)
        return 2;
    mkfifo("down", 0600);
    mkfifo("up", 0600);
    pid_t child = fork();
    int down = -1, up = -1;
    if (child == 0) {
        up = open("up", O_WRONLY); /* HERE */
        down = open("down", O_RDONLY);
    } else {
        down = open("down", O_WRONLY); /* HERE */
        up = open("up", O_RDONLY);
        waitpid(child, NULL, 0);
    }
    return down < 0 || up < 0;
}
