/*
 * A signal's handler takes the lock that the code which it interrupts holds.
 * says: deadlock/self-lock
 */
#include <pthread.h>
#include <signal.h>

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static int lines;

static void log_line(void)
{
    pthread_mutex_lock(&log_lock); /* HERE */
    lines++;
    pthread_mutex_unlock(&log_lock);
}

static void on_user(int signal)
{
    (void)signal;
    log_line();
}

int main(void)
{
    signal(SIGUSR1, on_user);
    log_line();
    pthread_mutex_lock(&log_lock);
    raise(SIGUSR1);
    pthread_mutex_unlock(&log_lock);
    return lines - 2;
}
