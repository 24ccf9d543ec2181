/*
 * A worker adds to the slot that it was given when it started. It is the only one that
 * knows that slot, whichever tasks it takes.
 *
 * @repairs  race/pool-result-slot
 * @explore  TASKS=3 BLOCK=4 MOST_WORKERS=2
 */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#define TASKS 8000
#define BLOCK 256
#define MOST_WORKERS 8

static FILE *book; /* task i counts the words of i % 7 + 1 of its blocks */
static long words[MOST_WORKERS];
static int workers;

static pthread_mutex_t task_lock = PTHREAD_MUTEX_INITIALIZER;
static int next_task; /* guarded by task_lock */

static int take_task(void)
{
    int task;

    pthread_mutex_lock(&task_lock);
    task = next_task < TASKS ? next_task++ : -1;
    pthread_mutex_unlock(&task_lock);
    return task;
}

static long count_words(int task)
{
    char block[BLOCK];
    long count = 0;

    for (int i = 0; i <= task % 7; i++) {
        if (pread(fileno(book), block, BLOCK, (off_t)i * BLOCK) != BLOCK)
            return 0;
        for (int at = 0; at < BLOCK; at++)
            count += block[at] == ' ';
    }
    return count;
}

static void *work(void *argument)
{
    long *own = argument; /* FIX: this worker's slot, whatever the task */

    for (int task = take_task(); task >= 0; task = take_task())
        *own += count_words(task);
    return NULL;
}

int main(void)
{
    pthread_t threads[MOST_WORKERS];
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    long expected = 0, total = 0;

    workers = processors < 2 ? 2 : processors > MOST_WORKERS ? MOST_WORKERS : (int)processors;
    book = tmpfile();
    if (book == NULL)
        return 1;
    for (int i = 0; i < 7 * BLOCK / 4; i++)
        fputs("abc ", book);
    fflush(book);

    pthread_mutex_lock(&task_lock); /* the workers wait until all are started */
    for (int i = 0; i < workers; i++)
        pthread_create(&threads[i], NULL, work, &words[i]);
    pthread_mutex_unlock(&task_lock);
    for (int i = 0; i < workers; i++) {
        pthread_join(threads[i], NULL);
        total += words[i];
    }
    for (int task = 0; task < TASKS; task++)
        expected += count_words(task);
    fclose(book);

    if (total != expected) {
        fprintf(stderr, "%ld words counted, the book has %ld\n", total, expected);
        return 1;
    }
    return 0;
}
