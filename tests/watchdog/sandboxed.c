/*
 * A program that may do no more than what it needs itself: the kernel kills it for any other call,
 * so whoever is preloaded into it must not add one to its locks.
 * says: nothing
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t started, ready;
static int turns;

#define ALLOW(call)                                                                                \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static int enter_sandbox(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        ALLOW(SYS_futex),
        ALLOW(SYS_clock_nanosleep),
        ALLOW(SYS_exit_group),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
           syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) != 0;
}

static void take_turns(void)
{
    pthread_barrier_wait(&ready);
    for (int i = 0; i < 100; i++) {
        pthread_mutex_lock(&lock);
        turns++;
        usleep(1000);
        pthread_mutex_unlock(&lock);
    }
    pthread_barrier_wait(&ready);
}

static void *work(void *unused)
{
    pthread_barrier_wait(&started);
    take_turns();
    while (1)
        usleep(1000000); /* an end of its own would take other calls */
    return unused;
}

int main(void)
{
    pthread_t other;
    pthread_barrier_init(&started, NULL, 2);
    pthread_barrier_init(&ready, NULL, 2);
    pthread_create(&other, NULL, work, NULL);
    pthread_barrier_wait(&started);
    if (enter_sandbox() != 0)
        return 2;
    take_turns();
    _exit(turns != 200);
}
