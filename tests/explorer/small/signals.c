/*
 * A thread that is told by a signal, and by the futex system call. The first argument names what
 * is right or wrong with it.
 */
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int data;
static volatile sig_atomic_t handled;
static atomic_int told, word;
static sigset_t usr1;

static void handler(int number)
{
    handled += number == SIGUSR1;
}

/* ---- who tells ---- */

static void *kills(void *unused)
{
    data = 1;
    kill(getpid(), SIGUSR1);
    return unused;
}

static void *tells_and_kills(void *main_thread)
{
    atomic_store(&told, 1);
    pthread_kill(*(pthread_t *)main_thread, SIGUSR1);
    return NULL;
}

/* ---- who waits ---- */

static bool waits(void)
{
    int number;
    return sigwait(&usr1, &number) == 0 && number == SIGUSR1 && data == 1;
}

static bool suspends(void)
{
    sigset_t none;
    sigemptyset(&none);
    while (!handled)
        sigsuspend(&none);
    return data == 1;
}

/* The signal may come after the look and before the wait, where it is not blocked. */
static bool looks_and_pauses(void)
{
    if (!atomic_load(&told)) {
        pthread_sigmask(SIG_UNBLOCK, &usr1, NULL);
        if (!handled)
            pause();
    }
    return true;
}

/* ---- locks made of a futex: 0 free, 1 taken, 2 taken and somebody waits ---- */

static bool wakes;

static void lock(void)
{
    int seen = 0;
    if (atomic_compare_exchange_strong(&word, &seen, 1))
        return;
    while (atomic_exchange(&word, 2) != 0)
        syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
}

static void unlock(void)
{
    if (atomic_exchange(&word, 0) == 2 && wakes)
        syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void *adds(void *unused)
{
    lock();
    data++;
    unlock();
    return unused;
}

static bool locks(bool waking)
{
    wakes = waking;
    adds(NULL);
    return true;
}

static bool times_out(void)
{
    struct timespec soon = {.tv_nsec = 1000};
    return syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &soon, NULL, 0) == -1;
}

static bool run(void *(*other)(void *), const char *name)
{
    pthread_t self = pthread_self(), thread;
    pthread_create(&thread, NULL, other, &self);
    bool right = strcmp(name, "waited") == 0      ? waits()
                 : strcmp(name, "suspended") == 0 ? suspends()
                 : strcmp(name, "paused") == 0    ? looks_and_pauses()
                 : strcmp(name, "expired") == 0   ? times_out()
                                                  : locks(strcmp(name, "futex") == 0);
    pthread_join(thread, NULL);
    return right;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &usr1, NULL);
    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = handler}, NULL);
    if (strcmp(name, "waited") == 0 || strcmp(name, "suspended") == 0)
        return !run(kills, name);
    return !run(strcmp(name, "paused") == 0 ? tells_and_kills : adds, name);
}
