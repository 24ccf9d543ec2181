/*
 * A program closes all descriptors that there are, its working folder goes away, and it changes its
 * root's mind about limits: threads and locks work as before.
 * says: nothing
 */
#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int turns;

static void *take_turns(void *unused)
{
    for (int i = 0; i < 100; i++) {
        pthread_mutex_lock(&lock);
        turns++;
        usleep(1000);
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

int main(void)
{
    pthread_t thread[2];
    struct rlimit none = {0, 0};
    if (mkdir("gone", 0700) != 0 || chdir("gone") != 0 || rmdir("../gone") != 0)
        return 2;
    for (int i = 0; i < 1024; i++)
        close(i);
    setrlimit(RLIMIT_NOFILE, &none);
    setrlimit(RLIMIT_CORE, &none);
    for (int i = 0; i < 2; i++)
        pthread_create(&thread[i], NULL, take_turns, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    return turns - 200;
}
