/*
 * A sender and a receiver take turns on a ring of ten log lines, by two flags under one lock;
 * each tries N times and goes on when it is not its turn.
 *
 * Bug: the receiver compares what it took with the number of its tries, not with the number of
 * lines that it took: a try out of turn puts the two apart.
 *
 * Follows circular_buffer_bad of SCTBench (PPoPP 2014), N = 7. Preemptions: 0 or 1, by which
 * thread the scheduler begins with.
 */
#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#ifndef N
#define N 7
#endif
#define LINES 10
#define NOTHING (-1)

static char ring[LINES];
static unsigned taken, next, size = LINES;
static bool may_send = true, may_receive;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int take(void)
{
    if (next == 0 || taken >= size)
        return NOTHING;
    taken++;
    return ring[taken - 1];
}

static int put(int line)
{
    if (next >= size)
        return NOTHING;
    ring[next] = (char)line;
    next = (next + 1) % size;
    assert(next < size);
    return line;
}

static void *send_lines(void *unused)
{
    (void)unused;
    for (int line = 0; line < N; line++) {
        pthread_mutex_lock(&lock);
        if (may_send) {
            put(line);
            may_send = false;
            may_receive = true;
        }
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

static void *receive_lines(void *unused)
{
#ifdef FIXED
    int last = NOTHING;
#endif
    (void)unused;
    for (int line = 0; line < N; line++) {
        pthread_mutex_lock(&lock);
        if (may_receive) {
            int got = take();
#ifdef FIXED
            assert(got > last); /* a line may be left out, never come twice or too late */
            last = got;
#else
            assert(got == line);
#endif
            may_receive = false;
            may_send = true;
        }
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

int main(void)
{
    pthread_t sender, receiver;

    pthread_create(&sender, NULL, send_lines, NULL);
    pthread_create(&receiver, NULL, receive_lines, NULL);
    pthread_join(sender, NULL);
    pthread_join(receiver, NULL);
    return 0;
}
