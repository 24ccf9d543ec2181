/* Leaves something in its process that is not put back: run a second time in one, it fails. */
#include <pthread.h>
#include <stddef.h>
#include <sys/stat.h>

static void *nothing(void *argument)
{
    return argument;
}

int main(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, nothing, NULL);
    pthread_join(thread, NULL);
    return umask(0123) == 0123;
}
