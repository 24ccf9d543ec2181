/* What the system tells of a process and its threads; it must be the same in each schedule. */
#define _GNU_SOURCE
#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void hazmat_outcome(unsigned long value);

static pid_t of_other;
static volatile sig_atomic_t told;

static void handler(int number)
{
    told = number;
}

static void on_own_stack(void)
{
    pthread_attr_t attributes;
    void *low;
    size_t size;
    char here;
    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstack(&attributes, &low, &size);
    assert((char *)low <= &here && &here < (char *)low + size);
}

static void *other(void *unused)
{
    of_other = gettid();
    on_own_stack();
    return unused;
}

int main(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, other, NULL);
    pthread_join(thread, NULL);
    assert(gettid() == getpid() && syscall(SYS_gettid) == getpid() && of_other != getpid());
    on_own_stack();
    signal(SIGUSR1, handler);
    assert(tgkill(getpid(), gettid(), SIGUSR1) == 0 && told == SIGUSR1);
    assert(tgkill(getpid(), of_other, SIGUSR1) == -1);
    uint32_t drawn[2] = {0};
    assert(getrandom(&drawn[0], 4, 0) == 4 && getentropy(&drawn[1], 4) == 0);
    hazmat_outcome(drawn[0] + 31ul * drawn[1] + 1009ul * (unsigned long)getpid() +
                   100003ul * (unsigned long)clock());
    return 0;
}
