/*
 * One thread pushes N numbers on a stack, another pops N times, both under one lock. A flag tells
 * the popper that there is something to pop.
 *
 * Bug: the flag is set by the first push and never taken back, so that the popper, once faster
 * than the pusher, pops from the empty stack.
 *
 * Follows stack_bad of SCTBench (PPoPP 2014), N = 10. Smallest number of preemptions: 1 (the
 * pusher, before its last push).
 */
#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#ifndef N
#define N 10
#endif
#define TOO_MANY (-1)
#define TOO_FEW (-2)

static int stack[N];
static int top;
static bool filled;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int push(int number)
{
    if (top == N)
        return TOO_MANY;
    stack[top] = number;
    top++;
    return 0;
}

static int pop(void)
{
    if (top == 0)
        return TOO_FEW;
    top--;
    return stack[top];
}

static void *push_all(void *unused)
{
    (void)unused;
    for (int i = 0; i < N; i++) {
        pthread_mutex_lock(&lock);
        assert(push(i) != TOO_MANY);
        filled = true;
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

static void *pop_all(void *unused)
{
    (void)unused;
    for (int i = 0; i < N; i++) {
        pthread_mutex_lock(&lock);
#ifdef FIXED
        filled = top > 0;
#endif
        if (filled)
            assert(pop() != TOO_FEW);
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

int main(void)
{
    pthread_t pusher, popper;

    pthread_create(&pusher, NULL, push_all, NULL);
    pthread_create(&popper, NULL, pop_all, NULL);
    pthread_join(pusher, NULL);
    pthread_join(popper, NULL);
    return 0;
}
