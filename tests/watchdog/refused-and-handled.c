/*
 * What glibc and the kernel refuse with EDEADLK or EBUSY has not happened: an error-checking mutex
 * taken twice, a thread that joins itself, two record locks crossed; the program goes on.
 * says: nothing
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t checks = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;

static int lock_byte(int file, off_t at)
{
    struct flock byte = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = at, .l_len = 1};
    return fcntl(file, F_SETLKW, &byte) == 0 ? 0 : errno;
}

int main(void)
{
    int wrong = 0, status, there[2], back[2], file = open("records", O_RDWR | O_CREAT, 0600);
    char byte = 0;
    pthread_mutex_lock(&checks);
    wrong += pthread_mutex_lock(&checks) != EDEADLK;
    wrong += pthread_mutex_trylock(&checks) != EBUSY;
    pthread_mutex_unlock(&checks);
    wrong += pthread_join(pthread_self(), NULL) != EDEADLK;
    wrong += pipe(there) + pipe(back);
    pid_t child = fork();
    lock_byte(file, child == 0);
    wrong += write(child == 0 ? there[1] : back[1], &byte, 1) != 1;
    wrong += read(child == 0 ? back[0] : there[0], &byte, 1) != 1;
    int refused = lock_byte(file, child != 0);
    if (child == 0)
        _exit(refused == EDEADLK ? 1 : refused == 0 ? 0 : 2);
    close(file); /* lets the child go on, if it waits for this one */
    wrong += waitpid(child, &status, 0) != child;
    return wrong + (WEXITSTATUS(status) + (refused == EDEADLK) != 1);
}
