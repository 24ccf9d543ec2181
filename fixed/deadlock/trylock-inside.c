/*
 * The evictor never waits while it holds the pixels: it tries the index, and
 * steps back if it is taken. A circle of waiting needs two who wait.
 *
 * @repairs  deadlock/lock-order
 * @expect   helgrind=false-alarm
 * @why      helgrind: enters a lock that was got by trylock into its lock-order graph as if its
 *           thread had waited for it
 * @explore  IMAGES=2 ROUNDS=2
 */
#include <pthread.h>
#include <stdio.h>

#define IMAGES 1000
#define ROUNDS 20000

static pthread_mutex_t index_lock = PTHREAD_MUTEX_INITIALIZER;
static int use_count[IMAGES]; /* by image; the index of the cache */
static int loaded;

static pthread_mutex_t pixel_lock = PTHREAD_MUTEX_INITIALIZER;
static int size_of[IMAGES]; /* kilobytes in memory, 0 if not there */
static int evicted;

static pthread_barrier_t opening;

static void load(int image)
{
    int most_used = 0;
    pthread_mutex_lock(&index_lock);
    for (int i = 0; i < IMAGES; i++) {
        if (use_count[i] > use_count[most_used])
            most_used = i;
    }
    pthread_mutex_lock(&pixel_lock);
    if (size_of[image] == 0) {
        size_of[image] = image == most_used ? 200 : 100;
        loaded++;
    }
    use_count[image]++;
    pthread_mutex_unlock(&pixel_lock);
    pthread_mutex_unlock(&index_lock);
}

static void evict(void)
{
    int largest = 0;
    pthread_mutex_lock(&pixel_lock);
    for (int i = 0; i < IMAGES; i++) {
        if (size_of[i] > size_of[largest])
            largest = i;
    }
    if (pthread_mutex_trylock(&index_lock) != 0) { /* FIX: step back, never wait here */
        pthread_mutex_unlock(&pixel_lock);
        return;
    }
    if (size_of[largest] != 0) {
        size_of[largest] = 0;
        use_count[largest] = 0;
        evicted++;
    }
    pthread_mutex_unlock(&index_lock);
    pthread_mutex_unlock(&pixel_lock);
}

static void *viewer(void *arg)
{
    (void)arg;
    pthread_barrier_wait(&opening);
    for (int i = 0; i < ROUNDS; i++)
        load(i * 7 % IMAGES);
    return NULL;
}

static void *cleaner(void *arg)
{
    (void)arg;
    pthread_barrier_wait(&opening);
    for (int i = 0; i < ROUNDS; i++)
        evict();
    return NULL;
}

int main(void)
{
    pthread_t threads[2];
    int there = 0;

    /* The start page comes and goes before anybody browses. */
    load(0);
    evict();

    pthread_barrier_init(&opening, NULL, 2);
    pthread_create(&threads[0], NULL, viewer, NULL);
    pthread_create(&threads[1], NULL, cleaner, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);

    for (int i = 0; i < IMAGES; i++)
        there += size_of[i] != 0;
    if (there != loaded - evicted) {
        fprintf(stderr, "%d images in the cache instead of %d\n", there, loaded - evicted);
        return 1;
    }
    return 0;
}
