/*
 * Two threads each make a buffer for a dump on one socket, hang it there under a lock, and free it.
 *
 * Bug: what is freed is what hangs at the socket, looked up after the lock was let go: it may be
 * the other thread's buffer, which is then freed twice.
 *
 * Follows CVE-2016-9806 (Linux, netlink_dump) as in ConVul (Cai et al., FSE 2019) and PERIOD (ICSE
 * 2022). Smallest number of preemptions: 1.
 */
#include <pthread.h>
#include <stdlib.h>

struct buffer {
    void *socket;
    int priority;
};

struct socket {
    int error;
    struct buffer *volatile buffer;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static size_t count = 1;

static void *dump(void *argument)
{
    struct socket *socket = argument;

    pthread_mutex_lock(&lock);
    struct buffer *buffer = malloc(count * sizeof *buffer);
    count *= 4;
    buffer->socket = socket;
    socket->buffer = buffer;
    pthread_mutex_unlock(&lock);
#ifdef FIXED
    free(buffer);
#else
    free(socket->buffer);
#endif
    return NULL;
}

int main(void)
{
    struct socket socket = {.error = 5};
    pthread_t one, two;

    pthread_create(&one, NULL, dump, &socket);
    pthread_create(&two, NULL, dump, &socket);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    return 0;
}
