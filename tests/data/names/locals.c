/* Variables in stacks, and what is there besides. */
#include "say.h"

#include <pthread.h>
#include <sys/mman.h>

struct account {
    long balance;
    pthread_mutex_t lock;
};
static int main_tid;

__attribute__((noinline)) static void stop(void *keep)
{
    said(2);
    while (!over)
        pause();
    *(volatile char *)keep = 0;
}

__attribute__((always_inline)) static inline void inlined(pthread_mutex_t *given)
{
    pthread_mutex_t within[2];
    say(&within[1], "within[1] in inlined (stack of tid %d)", gettid());
    stop(within);
    __asm__ volatile("" ::"r"(given), "r"(within) : "memory");
}

__attribute__((noinline)) static void *serve(void *given)
{
    struct account own[3];
    int self = gettid();
    struct account *from = given;
    say_for(self, &own[2].lock, "own[2].lock in serve (stack of tid %d)", self);
    say_for(self, &from[1].lock, "mine[1].lock in main (stack of tid %d)", main_tid);
    /* Above the outermost frame is what glibc keeps of a thread; below, nothing is. */
    char *top = (char *)pthread_self();
    say(top + 16, "memory %p", (void *)(top + 16));
    say((char *)own - 100000, "memory %p", (void *)((char *)own - 100000));
    inlined(&own[0].lock);
    __asm__ volatile("" ::"r"(own), "r"(given) : "memory");
    return given;
}

int main(void)
{
    struct account mine[2];
    pthread_t thread;
    main_tid = getpid();
    pthread_create(&thread, NULL, serve, mine);
    char nothing[8];
    stop(mine);
    __asm__ volatile("" ::"r"(mine), "r"(nothing) : "memory");
}
