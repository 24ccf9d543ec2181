/* A thread ends with a lock held. It lives for a while before, as the argument says, in ms. */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static useconds_t lives;

static void *ends_with_it(void *unused)
{
    pthread_mutex_lock(&lock);
    usleep(lives);
    return unused;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    lives = argc > 1 ? (useconds_t)atoi(argv[1]) * 1000 : 0;
    pthread_create(&thread, NULL, ends_with_it, NULL);
    pthread_join(thread, NULL);
    pthread_mutex_lock(&lock); /* HERE */
    return 0;
}
