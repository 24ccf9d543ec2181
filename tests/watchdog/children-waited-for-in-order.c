/*
 * Sixty-four workers are started and waited for one after the other. The first one is slow, so that
 * all others are dead for a while before their turn comes.
 * says: nothing
 */
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 64

int main(void)
{
    pid_t worker[WORKERS];
    int status, wrong = 0;
    for (int i = 0; i < WORKERS; i++) {
        worker[i] = fork();
        if (worker[i] == 0) {
            usleep(i == 0 ? 600000 : 1000);
            _exit(0);
        }
    }
    for (int i = 0; i < WORKERS; i++)
        wrong += waitpid(worker[i], &status, 0) != worker[i] || status != 0;
    return wrong;
}
