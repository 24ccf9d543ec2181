/*
 * Three locks taken in one order by all, and let go in any: chains that overlap without a circle.
 * says: nothing
 */
#include <pthread.h>
#include <stdlib.h>

static pthread_mutex_t lock[3] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
                                  PTHREAD_MUTEX_INITIALIZER};
static long used[3];

static void *work(void *seed)
{
    unsigned state = *(unsigned *)seed;
    for (int i = 0; i < 20000; i++) {
        int first = rand_r(&state) % 2, second = first + 1 + rand_r(&state) % (2 - first);
        pthread_mutex_lock(&lock[first]);
        used[first]++;
        pthread_mutex_lock(&lock[second]);
        used[second]++;
        if (rand_r(&state) % 2 == 0) {
            pthread_mutex_unlock(&lock[first]);
            pthread_mutex_unlock(&lock[second]);
        } else {
            pthread_mutex_unlock(&lock[second]);
            pthread_mutex_unlock(&lock[first]);
        }
    }
    return NULL;
}

int main(void)
{
    pthread_t thread[3];
    unsigned seed[3] = {1, 22, 333};
    for (int i = 0; i < 3; i++)
        pthread_create(&thread[i], NULL, work, &seed[i]);
    for (int i = 0; i < 3; i++)
        pthread_join(thread[i], NULL);
    return used[0] + used[1] + used[2] != 120000;
}
