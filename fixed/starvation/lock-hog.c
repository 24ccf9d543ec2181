/*
 * The document is read without the lock, which is taken only to enter the result. It is
 * free for nearly all of the time, so whoever looks finds it free at once or at the next
 * time.
 *
 * @repairs  starvation/lock-hog
 * @explore  WORDS=2 WORK_SECONDS=0.00005 LATE_SECONDS=9
 */
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#define WORDS 200000
#define WORK_SECONDS 1.2
#define LATE_SECONDS 0.4

static pthread_mutex_t index_lock = PTHREAD_MUTEX_INITIALIZER;
static long documents, hash_of_all;
static double end_of_work;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static long read_document(long number)
{
    unsigned long hash = (unsigned long)number;
    for (int word = 0; word < WORDS; word++)
        hash = hash * 31 + (unsigned long)word;
    return (long)(hash % 1000);
}

static void *indexer(void *unused)
{
    for (long number = 0; now() < end_of_work; number++) {
        long hash = read_document(number);
        pthread_mutex_lock(&index_lock); /* FIX: after the work, not before */
        documents++;
        hash_of_all += hash;
        pthread_mutex_unlock(&index_lock);
    }
    return unused;
}

/* What the window shows, or -1 if it cannot tell without waiting. */
static long progress(void)
{
    long shown = -1;
    if (pthread_mutex_trylock(&index_lock) == 0) {
        shown = documents;
        pthread_mutex_unlock(&index_lock);
    }
    return shown;
}

int main(void)
{
    pthread_t thread;
    struct timespec frame = {0, 1000000}; /* from one look of the window to the next */
    double shown = now(), longest = 0;
    end_of_work = now() + WORK_SECONDS;
    pthread_create(&thread, NULL, indexer, NULL);
    while (now() < end_of_work) {
        if (progress() >= 0)
            shown = now();
        if (now() - shown > longest)
            longest = now() - shown;
        nanosleep(&frame, NULL);
    }
    pthread_join(thread, NULL);
    if (longest > LATE_SECONDS) {
        printf("the window stood still for %.1f s\n", longest);
        return 1;
    }
    return 0;
}
