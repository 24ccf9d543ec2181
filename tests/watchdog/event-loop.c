/*
 * An event loop over a timer, an event counter and a pipe; a worker waits for what the loop hands
 * on and reports back by the event counter.
 * says: nothing
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

static sem_t jobs;
static int done;

static void *work(void *unused)
{
    uint64_t one = 1;
    for (int i = 0; i < 10; i++) {
        sem_wait(&jobs);
        if (write(done, &one, sizeof one) != sizeof one)
            return unused;
    }
    return NULL;
}

static void add(int loop, int descriptor)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
    epoll_ctl(loop, EPOLL_CTL_ADD, descriptor, &event);
}

int main(void)
{
    pthread_t worker;
    struct epoll_event event;
    struct itimerspec every = {{.tv_nsec = 50000000}, {.tv_nsec = 50000000}};
    uint64_t count, finished = 0;
    int loop = epoll_create1(EPOLL_CLOEXEC), timer = timerfd_create(CLOCK_MONOTONIC, 0), wire[2];
    done = eventfd(0, 0);
    sem_init(&jobs, 0, 0);
    if (pipe(wire) != 0 || timerfd_settime(timer, 0, &every, NULL) != 0)
        return 2;
    add(loop, timer);
    add(loop, done);
    add(loop, wire[0]);
    pthread_create(&worker, NULL, work, &jobs);
    while (finished < 10 && epoll_wait(loop, &event, 1, -1) == 1) {
        if (read(event.data.fd, &count, sizeof count) != sizeof count)
            return 1;
        if (event.data.fd == timer)
            sem_post(&jobs);
        else
            finished += count;
    }
    return pthread_join(worker, NULL);
}
