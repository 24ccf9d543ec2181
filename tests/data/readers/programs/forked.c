#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

static long counter, other;

static void *count(void *unused)
{
    for (int i = 0; i < 1000; i++)
        counter++;
    return unused;
}

static void *count_other(void *unused)
{
    for (int i = 0; i < 1000; i++)
        other++;
    return unused;
}

static void both(void *(*work)(void *))
{
    pthread_t one, two;
    pthread_create(&one, NULL, work, NULL);
    pthread_create(&two, NULL, work, NULL);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
}

int main(void)
{
    pid_t child = fork();
    if (child == 0) {
        both(count_other);
        return 0;
    }
    both(count);
    waitpid(child, NULL, 0);
    return 0;
}
