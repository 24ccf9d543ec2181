/*
 * Main puts letters into a queue and an end mark behind the last one. Two threads
 * send the letters. One of them takes the end mark and goes home; the other waits
 * for a letter that never comes.
 *
 * One producer, one end, one mark: with a single sender that was right. When a
 * second one is started to be quicker, the line that puts the mark does not look
 * as if it had to do with that. All letters are sent, and the program does not
 * end.
 *
 * The twin puts in a mark for each sender. A sender could also put the mark back
 * for the next one, or the queue could be closed under its lock with a broadcast.
 *
 * @hazard   deadlock/sentinel-missing
 * @concept  queue, condition, thread, deadlock
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=caught
 * @why      tsan,helgrind,drd: that nobody is left who could put something in is not among their
 *           checks
 * @explore  LETTERS=2
 * @see      CWE-833
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
        pthread_cond_wait(&arrived, &lock); /* HAZARD: the other sender took the only end mark */
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
    put(END); /* HAZARD: one end mark for two senders */
    for (int i = 0; i < SENDERS; i++)
        pthread_join(threads[i], NULL);

    if (sent[0] + sent[1] != LETTERS) {
        fprintf(stderr, "%d letters sent instead of %d\n", sent[0] + sent[1], LETTERS);
        return 1;
    }
    return 0;
}
