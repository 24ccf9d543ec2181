/*
 * A child dies before it posts the shared semaphore for which its parent waits.
 * says: deadlock/semaphore
 */
#include <semaphore.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    sem_t *done =
        mmap(NULL, sizeof *done, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    sem_init(done, 1, 0);
    pid_t child = fork();
    if (child == 0) {
        if (getppid() != 1)
            abort();
        sem_post(done);
        _exit(0);
    }
    sem_wait(done); /* HERE */
    return waitpid(child, NULL, 0) < 0;
}
