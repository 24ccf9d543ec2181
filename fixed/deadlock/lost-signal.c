/*
 * The flag remembers what the signal cannot: main looks first, under the same
 * lock, and waits only while the index is not there.
 *
 * @repairs  deadlock/lost-signal
 * @explore  IMAGES=2
 */
#include <pthread.h>
#include <stdio.h>

#define IMAGES 100

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t index_loaded = PTHREAD_COND_INITIALIZER;
static pthread_cond_t thumbnails_loaded = PTHREAD_COND_INITIALIZER;
static int indexed, thumbnails; /* how many images are in each */

static void *loader(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&lock);
    indexed = IMAGES;
    pthread_cond_signal(&index_loaded);
    pthread_mutex_unlock(&lock);

    for (int i = 0; i < IMAGES; i++) {
        pthread_mutex_lock(&lock);
        thumbnails++;
        pthread_cond_signal(&thumbnails_loaded);
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

int main(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, loader, NULL);

    pthread_mutex_lock(&lock);
    while (thumbnails < IMAGES)
        pthread_cond_wait(&thumbnails_loaded, &lock);
    while (indexed < IMAGES) /* FIX: wait for the index, not for the signal */
        pthread_cond_wait(&index_loaded, &lock);
    int complete = indexed == thumbnails;
    pthread_mutex_unlock(&lock);
    pthread_join(thread, NULL);

    if (!complete) {
        fprintf(stderr, "%d images in the index, %d thumbnails\n", indexed, thumbnails);
        return 1;
    }
    return 0;
}
