#include <pthread.h>
static long counter;
static pthread_barrier_t end;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static void bump(void)
{
    counter++;
}
static void *work(void *u)
{
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
    bump();
    pthread_barrier_wait(&end);
    return u;
}
int main(void)
{
    pthread_barrier_init(&end, 0, 2);
    pthread_t t, v;
    pthread_create(&t, 0, work, 0);
    pthread_create(&v, 0, work, 0);
    pthread_join(t, 0);
    pthread_join(v, 0);
    return 0;
}
