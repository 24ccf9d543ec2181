/*
 * Two threads change two numbers, each number under a lock of its own; main checks how they come
 * out.
 *
 * Bug: main takes for impossible what always comes out, whatever the order: a program whose bug is
 * in every schedule.
 *
 * Follows stateful01 of Inspect and of SV-COMP's pthread suite. Preemptions: 0.
 */
#include <assert.h>
#include <pthread.h>
#include <stddef.h>

static int first = 10, second = 10;
static pthread_mutex_t first_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t second_lock = PTHREAD_MUTEX_INITIALIZER;

static void *add_one(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&first_lock);
    first++;
    pthread_mutex_unlock(&first_lock);

    pthread_mutex_lock(&second_lock);
    second++;
    pthread_mutex_unlock(&second_lock);
    return NULL;
}

static void *add_more(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&first_lock);
    first += 5;
    pthread_mutex_unlock(&first_lock);

    pthread_mutex_lock(&second_lock);
    second -= 6;
    pthread_mutex_unlock(&second_lock);
    return NULL;
}

int main(void)
{
    pthread_t one, two;

    pthread_create(&one, NULL, add_one, NULL);
    pthread_create(&two, NULL, add_more, NULL);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
#ifdef FIXED
    assert(first == 16 && second == 5);
#else
    assert(first != 16 || second != 5);
#endif
    return 0;
}
