/*
 * Prints in ways that are hard on whoever listens:
 *   flood N     N bytes to each of the two streams; byte i is i modulo 251
 *   partial     a piece of a line with a zero byte in it, and dies by SIGKILL
 *   close       closes both streams, uses a second, and exits with 5
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void put(int fd, const char *bytes, size_t n)
{
    while (n != 0) {
        ssize_t put = write(fd, bytes, n);
        if (put <= 0)
            exit(1);
        bytes += put;
        n -= (size_t)put;
    }
}

static void flood(size_t n)
{
    static char block[251 * 256];
    for (size_t i = 0; i < sizeof block; i++)
        block[i] = (char)(i % 251);
    for (size_t done = 0; done < n; done += sizeof block) {
        size_t size = n - done < sizeof block ? n - done : sizeof block;
        put(STDOUT_FILENO, block, size);
        put(STDERR_FILENO, block, size);
    }
}

int main(int argc, char **argv)
{
    alarm(120);
    const char *how = argc > 1 ? argv[1] : "";
    if (strcmp(how, "flood") == 0 && argc > 2) {
        flood(strtoul(argv[2], NULL, 10));
    } else if (strcmp(how, "partial") == 0) {
        put(STDOUT_FILENO, "half\0a line", 11);
        raise(SIGKILL);
    } else if (strcmp(how, "close") == 0) {
        close(STDOUT_FILENO);
        close(STDERR_FILENO);
        sleep(1);
        return 5;
    }
    return 0;
}
