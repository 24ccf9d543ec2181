/*
 * An editor sends the words of a text to a spelling checker through a bounded
 * queue and gets the answers through another. It sends all words before it reads
 * the first answer. When both queues are full, the editor waits to put a word in
 * and the checker to put an answer in.
 *
 * "First all questions, then all answers" is the simplest way to write it, and
 * with few words it works. Each queue by itself is right. What one sees is a
 * program that hangs on long texts and never on short ones; a bigger queue makes
 * the text longer that it takes.
 *
 * The twin reads the answer to each word before it sends the next one. A thread of
 * its own for the answers would keep both sides busy; a queue without a bound
 * would pay with memory.
 *
 * @hazard   deadlock/queues-facing
 * @concept  queue, condition, thread, deadlock
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=caught
 * @why      tsan,helgrind,drd: that each side could only be woken by the other is not among their
 *           checks
 * @explore  ROOM=1 WORDS=4
 * @see      CWE-833
 */
#include <pthread.h>
#include <stdio.h>

#define ROOM 4
#define WORDS 100

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int items[ROOM];
    int first, count;
};

static struct queue questions = {.lock = PTHREAD_MUTEX_INITIALIZER,
                                 .changed = PTHREAD_COND_INITIALIZER};
static struct queue answers = {.lock = PTHREAD_MUTEX_INITIALIZER,
                               .changed = PTHREAD_COND_INITIALIZER};

static void put(struct queue *queue, int item)
{
    pthread_mutex_lock(&queue->lock);
    while (queue->count == ROOM)
        pthread_cond_wait(&queue->changed, &queue->lock); /* HAZARD: full, and so is the other */
    queue->items[(queue->first + queue->count++) % ROOM] = item;
    pthread_cond_signal(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

static int get(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    while (queue->count == 0)
        pthread_cond_wait(&queue->changed, &queue->lock);
    int item = queue->items[queue->first];
    queue->first = (queue->first + 1) % ROOM;
    queue->count--;
    pthread_cond_signal(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
    return item;
}

/* Answers 1 for a word that is spelt right: here, every third is not. */
static void *checker(void *arg)
{
    (void)arg;
    for (int i = 0; i < WORDS; i++) {
        int word = get(&questions);
        put(&answers, word % 3 != 0);
    }
    return NULL;
}

int main(void)
{
    pthread_t thread;
    int right = 0;

    pthread_create(&thread, NULL, checker, NULL);
    for (int i = 0; i < WORDS; i++)
        put(&questions, i); /* HAZARD: all questions before the first answer is taken out */
    for (int i = 0; i < WORDS; i++)
        right += get(&answers);
    pthread_join(thread, NULL);

    if (right != WORDS - (WORDS + 2) / 3) {
        fprintf(stderr, "%d words are right instead of %d\n", right, WORDS - (WORDS + 2) / 3);
        return 1;
    }
    return 0;
}
