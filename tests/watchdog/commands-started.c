/*
 * Commands are started in every way that there is, while threads hold locks: the children only
 * execute them, so what was held at the fork does not matter.
 * says: nothing
 */
#include <pthread.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_int over;

static void *hold_often(void *unused)
{
    while (!atomic_load(&over)) {
        pthread_mutex_lock(&lock);
        usleep(1000);
        pthread_mutex_unlock(&lock);
        usleep(200);
    }
    return unused;
}

static pid_t start_by_vfork(char **command)
{
    pid_t child = vfork();
    if (child == 0) {
        execvp(command[0], command);
        _exit(1);
    }
    return child;
}

int main(void)
{
    char *command[] = {"sleep", "0.1", NULL}, text[8] = "";
    pthread_t holder;
    pid_t child;
    int status, wrong = 0;
    pthread_create(&holder, NULL, hold_often, NULL);
    wrong += posix_spawnp(&child, "sleep", NULL, NULL, command, environ) != 0;
    wrong += waitpid(child, &status, 0) != child || status != 0;
    child = start_by_vfork(command);
    wrong += waitpid(child, &status, 0) != child || status != 0;
    if ((child = fork()) == 0) {
        execvp("sleep", command);
        _exit(1);
    }
    wrong += waitpid(child, &status, 0) != child || status != 0;
    wrong += system("sleep 0.1") != 0;
    FILE *output = popen("sleep 0.1; echo done", "r");
    wrong += fgets(text, sizeof text, output) == NULL || pclose(output) != 0;
    atomic_store(&over, 1);
    return wrong + pthread_join(holder, NULL);
}
