/*
 * Four threads that do nothing but take one mutex, one rwlock and one spin lock.
 * says: nothing
 */
#include <pthread.h>
#include <time.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t spin;
static long a, b, c;

static void *contend(void *unused)
{
    for (int i = 0; i < 50000; i++) {
        pthread_mutex_lock(&mutex);
        a++;
        pthread_mutex_unlock(&mutex);
        pthread_rwlock_wrlock(&rwlock);
        b++;
        pthread_rwlock_unlock(&rwlock);
        pthread_spin_lock(&spin);
        c++;
        pthread_spin_unlock(&spin);
    }
    return unused;
}

int main(void)
{
    pthread_t thread[4];
    pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    for (int i = 0; i < 4; i++)
        pthread_create(&thread[i], NULL, contend, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(thread[i], NULL);
    return a != 200000 || b != 200000 || c != 200000;
}
