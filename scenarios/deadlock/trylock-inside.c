/*
 * An image cache loads with the index locked first and the pixels inside, and
 * evicts with the pixels locked first and the index inside. The evictor was to
 * try the index and give up if it is taken; here it waits for it.
 *
 * Each side takes first the lock of what it looks at first, which seems natural.
 * A trylock that fails needs a branch for giving up, so it is soon "simplified"
 * into a plain lock: the program then works until a load and an eviction meet,
 * and from then on no image appears any more.
 *
 * The twin tries the index and, where that fails, lets go of the pixels and
 * leaves the eviction for next time. Locking the index first on both sides would
 * need no trylock.
 *
 * @hazard   deadlock/lock-order
 * @concept  lock, thread, deadlock
 * @expect   tsan=caught helgrind=caught drd=blind watchdog=caught explorer=caught
 * @why      drd: keeps no lock-order graph
 * @explore  IMAGES=2 ROUNDS=2
 * @see      CWE-833
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
    pthread_mutex_lock(&pixel_lock); /* HAZARD: the evictor may hold it and wait for the index */
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
    pthread_mutex_lock(&index_lock); /* HAZARD: the loader may hold it and wait for the pixels */
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
