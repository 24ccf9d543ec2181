/* Depends on what is outside of the program and its schedule, a number that the system draws: half
 * of its runs end wrong. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void *nothing(void *unused)
{
    return unused;
}

int main(void)
{
    pthread_t thread;
    char byte;
    pthread_create(&thread, NULL, nothing, NULL);
    pthread_join(thread, NULL);
    int fd = open("/dev/urandom", O_RDONLY);
    ssize_t n = read(fd, &byte, 1);
    close(fd);
    return n == 1 ? byte & 1 : 2;
}
