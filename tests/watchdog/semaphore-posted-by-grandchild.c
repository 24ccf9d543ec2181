/*
 * A process waits for a shared semaphore that is posted by its grandchild, whose parent is gone.
 * says: nothing
 */
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    sem_t *done =
        mmap(NULL, sizeof *done, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    sem_init(done, 1, 0);
    if (fork() == 0) {
        if (fork() == 0) {
            usleep(500000);
            sem_post(done);
        }
        _exit(0);
    }
    wait(NULL);
    return sem_wait(done);
}
