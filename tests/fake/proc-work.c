/*
 * Lets a grandchild work, waits for it and exits:
 *   cpu MILLISECONDS    of processor time
 *   memory MEBIBYTES    touched
 */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void work(const char *how, size_t amount)
{
    if (strcmp(how, "cpu") == 0) {
        while ((double)clock() / CLOCKS_PER_SEC * 1000 < (double)amount)
            ;
        return;
    }
    char *memory = malloc(amount << 20);
    if (memory == NULL)
        _exit(1);
    for (size_t at = 0; at < amount << 20; at += 1024)
        ((volatile char *)memory)[at] = 1;
    free(memory);
}

int main(int argc, char **argv)
{
    alarm(120);
    if (argc < 3)
        return 1;
    for (int generation = 0; generation < 2; generation++) {
        int status;
        pid_t child = fork();
        if (child > 0)
            return waitpid(child, &status, 0) == child && status == 0 ? 0 : 1;
    }
    work(argv[1], strtoul(argv[2], NULL, 10));
    return 0;
}
