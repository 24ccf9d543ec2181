/*
 * What a process and its threads are called, where their stacks are, and what is drawn from the
 * system's randomness: the same in all schedules, whichever process and kernel thread they run in.
 */
#include "explorer/runtime/sync.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

static pid_t campaigns; /* the process that the first schedule ran in, or whose forks they are */

void hzx_names_open(void)
{
    campaigns = HZX_REAL(getpid)();
}

pid_t getpid(void)
{
    return hzx.running ? campaigns : HZX_REAL(getpid)();
}

/* Threads that share a kernel thread have numbers of their own. */
pid_t gettid(void)
{
    return hzx.running ? campaigns + (pid_t)hzx.self->id : HZX_REAL(gettid)();
}

int pthread_getattr_np(pthread_t handle, pthread_attr_t *attributes)
{
    const struct hzx_thread *thread = hzx.running ? hzx_thread_of((void *)handle) : NULL;
    if (thread == NULL)
        return HZX_REAL(pthread_getattr_np)(handle, attributes);
    pthread_attr_init(attributes);
    pthread_attr_setdetachstate(attributes, thread->detached ? PTHREAD_CREATE_DETACHED
                                                             : PTHREAD_CREATE_JOINABLE);
    return pthread_attr_setstack(attributes, (void *)(hzx_carrier_top(thread->id) - HZX_STACK_SIZE),
                                 HZX_STACK_SIZE);
}

/* ---- randomness ---- */

static void fill(void *buffer, size_t size)
{
    long random(void);
    unsigned char *bytes = buffer;
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(random() >> 8);
}

ssize_t getrandom(void *buffer, size_t size, unsigned flags)
{
    if (!hzx.running)
        return HZX_REAL(getrandom)(buffer, size, flags);
    fill(buffer, size);
    return (ssize_t)size;
}

int getentropy(void *buffer, size_t size)
{
    if (!hzx.running)
        return HZX_REAL(getentropy)(buffer, size);
    fill(buffer, size);
    return 0;
}
