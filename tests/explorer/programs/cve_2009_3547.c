/*
 * One thread opens a pipe and counts itself as a reader, another releases the pipe; both under the
 * inode's lock.
 *
 * Bug: the opener does not look whether the pipe is still there: a null pointer is followed if the
 * release came first.
 *
 * Follows CVE-2009-3547 (Linux, fs/pipe.c) as in ConVul (Cai et al., FSE 2019) and PERIOD (ICSE
 * 2022). Preemptions: 0.
 */
#include <pthread.h>
#include <stdlib.h>

struct pipe {
    unsigned readers, writers;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct pipe *volatile pipe_of_inode;

static void *open_to_read(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&lock);
#ifdef FIXED
    if (pipe_of_inode)
#endif
        pipe_of_inode->readers++;
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void *release(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&lock);
    pipe_of_inode = NULL;
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    struct pipe *pipe = calloc(1, sizeof *pipe);
    pthread_t opener, releaser;

    pipe_of_inode = pipe;
    pthread_create(&opener, NULL, open_to_read, NULL);
    pthread_create(&releaser, NULL, release, NULL);
    pthread_join(opener, NULL);
    pthread_join(releaser, NULL);
    free(pipe);
    return 0;
}
