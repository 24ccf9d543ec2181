/*
 * The editor has one word under way at a time, so that neither queue ever fills
 * up, and nobody waits to put something in.
 *
 * @repairs  deadlock/queues-facing
 * @explore  ROOM=1 WORDS=4
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
        pthread_cond_wait(&queue->changed, &queue->lock);
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
    for (int i = 0; i < WORDS; i++) {
        put(&questions, i);
        right += get(&answers); /* FIX: take each answer out before the next question */
    }
    pthread_join(thread, NULL);

    if (right != WORDS - (WORDS + 2) / 3) {
        fprintf(stderr, "%d words are right instead of %d\n", right, WORDS - (WORDS + 2) / 3);
        return 1;
    }
    return 0;
}
