#include <pthread.h>

static pthread_mutex_t m[3] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
                               PTHREAD_MUTEX_INITIALIZER};
static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static _Atomic int flag;
static int plain;

static void *pair(void *which)
{
    long i = (long)which;
    pthread_mutex_lock(&m[i]);
    pthread_mutex_lock(&m[(i + 1) % 3]);
    pthread_mutex_unlock(&m[(i + 1) % 3]);
    pthread_mutex_unlock(&m[i]);
    return NULL;
}

static void *mixed(void *unused)
{
    pthread_rwlock_rdlock(&rw);
    plain++;
    flag++;
    *(int *)&flag = 3;
    pthread_rwlock_unlock(&rw);
    return unused;
}

int main(void)
{
    pthread_t thread, other;
    for (long i = 0; i < 3; i++) {
        pthread_create(&thread, NULL, pair, (void *)i);
        pthread_join(thread, NULL);
    }
    pthread_create(&thread, NULL, mixed, NULL);
    pthread_create(&other, NULL, mixed, NULL);
    pthread_join(thread, NULL);
    pthread_join(other, NULL);
    return 0;
}
