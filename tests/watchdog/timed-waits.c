/*
 * Every wait that there is, with a time-out that comes, all at once in one thread each.
 * says: nothing
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <time.h>

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER, lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static sem_t none;
static struct timespec until;
static pthread_t main_thread;

static int wait_for(uintptr_t what)
{
    switch (what) {
    case 0:
        return pthread_mutex_timedlock(&held, &until);
    case 1:
        return pthread_rwlock_timedrdlock(&rwlock, &until);
    case 2:
        return pthread_rwlock_timedwrlock(&rwlock, &until);
    case 3:
        return sem_timedwait(&none, &until) == 0 ? 0 : errno;
    case 4:
        return pthread_timedjoin_np(main_thread, NULL, &until);
    default:
        pthread_mutex_lock(&lock);
        int how = pthread_cond_timedwait(&never, &lock, &until);
        pthread_mutex_unlock(&lock);
        return how;
    }
}

static void *wait_and_see(void *what)
{
    return (void *)(uintptr_t)(wait_for((uintptr_t)what) != ETIMEDOUT);
}

int main(void)
{
    pthread_t thread[6];
    uintptr_t wrong = 0;
    main_thread = pthread_self();
    sem_init(&none, 0, 0);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec++;
    pthread_mutex_lock(&held);
    pthread_rwlock_wrlock(&rwlock);
    for (uintptr_t i = 0; i < 6; i++)
        pthread_create(&thread[i], NULL, wait_and_see, (void *)i);
    for (int i = 0; i < 6; i++) {
        void *result;
        pthread_join(thread[i], &result);
        wrong += (uintptr_t)result;
    }
    return (int)wrong;
}
