/*
 * A mutex in shared memory that was not made to be shared: one process lets it go, and
 * its wake-up does not reach the other. The parent holds it until it sees the child
 * blocked, and then waits for the child.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static int blocked_in_futex(pid_t pid)
{
    char path[64], text[64] = "";
    snprintf(path, sizeof path, "/proc/%d/syscall", (int)pid);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return 0;
    int read = fgets(text, sizeof text, file) != NULL;
    fclose(file);
    return read && strncmp(text, "202 ", 4) == 0;
}

int main(void)
{
    pthread_mutex_t *lock =
        mmap(NULL, sizeof *lock, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutex_init(lock, NULL);
    pthread_mutex_lock(lock);
    pid_t child = fork();
    if (child == 0) {
        pthread_mutex_lock(lock); /* HERE */
        _exit(0);
    }
    while (!blocked_in_futex(child))
        usleep(1000);
    pthread_mutex_unlock(lock);
    waitpid(child, NULL, 0);
    return 0;
}
