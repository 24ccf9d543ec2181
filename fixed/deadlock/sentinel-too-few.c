/*
 * There are as many end marks as senders, and a sender stops at the first one it
 * gets, so that each of them gets its own.
 *
 * @repairs  deadlock/sentinel-missing
 * @explore  LETTERS=2
 */
#include <pthread.h>
#include <stdio.h>

#define LETTERS 100
#define SENDERS 2
#define END 0

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t arrived = PTHREAD_COND_INITIALIZER;
static int queue[LETTERS + SENDERS];
static int first, end; /* queue[first] to queue[end - 1] are waiting */

static void put(int letter)
{
    pthread_mutex_lock(&lock);
    queue[end++] = letter;
    pthread_cond_signal(&arrived);
    pthread_mutex_unlock(&lock);
}

static int get(void)
{
    pthread_mutex_lock(&lock);
    while (first == end)
        pthread_cond_wait(&arrived, &lock);
    int letter = queue[first++];
    pthread_mutex_unlock(&lock);
    return letter;
}

static void *sender(void *arg)
{
    int *sent = arg;
    while (get() != END)
        ++*sent;
    return NULL;
}

int main(void)
{
    pthread_t threads[SENDERS];
    int sent[SENDERS] = {0};

    for (int i = 0; i < SENDERS; i++)
        pthread_create(&threads[i], NULL, sender, &sent[i]);
    for (int i = 1; i <= LETTERS; i++)
        put(i);
    for (int i = 0; i < SENDERS; i++) /* FIX: one for each */
        put(END);
    for (int i = 0; i < SENDERS; i++)
        pthread_join(threads[i], NULL);

    if (sent[0] + sent[1] != LETTERS) {
        fprintf(stderr, "%d letters sent instead of %d\n", sent[0] + sent[1], LETTERS);
        return 1;
    }
    return 0;
}
