/*
 * A shell-like program: one thread reads a terminal with a lock held, the others wait for the lock.
 * The terminal gives up after half a second without a key.
 * says: nothing
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

static pthread_mutex_t line = PTHREAD_MUTEX_INITIALIZER;

static void *redraw(void *unused)
{
    pthread_mutex_lock(&line);
    pthread_mutex_unlock(&line);
    return unused;
}

int main(void)
{
    pthread_t thread[2];
    struct termios mode;
    char key;
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
        return 2;
    int terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
    if (terminal < 0 || tcgetattr(terminal, &mode) != 0)
        return 2;
    cfmakeraw(&mode);
    mode.c_cc[VMIN] = 0;
    mode.c_cc[VTIME] = 5;
    tcsetattr(terminal, TCSANOW, &mode);
    pthread_mutex_lock(&line);
    for (int i = 0; i < 2; i++)
        pthread_create(&thread[i], NULL, redraw, NULL);
    ssize_t got = read(terminal, &key, 1);
    pthread_mutex_unlock(&line);
    for (int i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    return got != 0;
}
