/*
 * Parent and child write a megabyte to each other, slowly, each with a thread that reads meanwhile.
 * says: nothing
 */
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define MUCH (1 << 20)

static char out[MUCH], in[4096];
static size_t got;

static void *read_all(void *descriptor)
{
    for (ssize_t n; (n = read(*(int *)descriptor, in, sizeof in)) > 0; usleep(500))
        got += (size_t)n;
    return NULL;
}

static int exchange(int from, int to)
{
    pthread_t reader;
    pthread_create(&reader, NULL, read_all, &from);
    for (size_t n = 0; n < MUCH;)
        n += (size_t)write(to, out + n, MUCH - n);
    close(to);
    pthread_join(reader, NULL);
    return got != MUCH;
}

int main(void)
{
    int to[2], from[2], status;
    if (pipe(to) != 0 || pipe(from) != 0)
        exit(2);
    if (fork() == 0) {
        close(to[1]);
        close(from[0]);
        exit(exchange(to[0], from[1]));
    }
    close(to[0]);
    close(from[1]);
    int wrong = exchange(from[0], to[1]);
    return wait(&status) < 0 || status != 0 || wrong;
}
