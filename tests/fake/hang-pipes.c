/* Parent and child each fill the pipe to the other before they read from their own. */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    static char block[1 << 20];
    int down[2], up[2];
    if (pipe(down) != 0 || pipe(up) != 0)
        return 2;
    pid_t child = fork();
    int to = child == 0 ? up[1] : down[1], from = child == 0 ? down[0] : up[0];
    close(child == 0 ? down[1] : up[1]);
    close(child == 0 ? up[0] : down[0]);
    memset(block, 'x', sizeof block);
    if (write(to, block, sizeof block) < 0) /* HERE */
        return 2;
    if (read(from, block, sizeof block) < 0)
        return 2;
    waitpid(child, NULL, 0);
    return 0;
}
