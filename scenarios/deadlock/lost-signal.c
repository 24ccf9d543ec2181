/*
 * An image viewer's loader signals one condition when the index is there and
 * another when the thumbnails are. Main waits for the thumbnails first and for
 * the index after that, without asking whether it is there already. A signal is
 * not kept for one who comes to wait later.
 *
 * "Wait for the signal" is how one says it, but the thing to wait for is the
 * index; the signal is only a hint to look again. As long as main waits before
 * the loader is done, all is well. A quick disk, or another order of the two
 * waits, and the window never opens.
 *
 * The twin waits for the index in a loop on a flag, as it does for the
 * thumbnails. A semaphore, which counts the posts that nobody waited for, would
 * do as well.
 *
 * @hazard   deadlock/lost-signal
 * @concept  condition, thread, deadlock
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=caught
 * @why      tsan,helgrind,drd: that nobody is left who could signal is not among their checks
 * @explore  IMAGES=2
 * @see      CWE-833
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
    pthread_cond_wait(&index_loaded, &lock); /* HAZARD: signalled before the first thumbnail */
    int complete = indexed == thumbnails;
    pthread_mutex_unlock(&lock);
    pthread_join(thread, NULL);

    if (!complete) {
        fprintf(stderr, "%d images in the index, %d thumbnails\n", indexed, thumbnails);
        return 1;
    }
    return 0;
}
