/*
 * A spin lock taken twice by one thread.
 * says: deadlock/self-lock
 */
#include <pthread.h>

static pthread_spinlock_t lock;
static int total;

static int sum(int add)
{
    pthread_spin_lock(&lock); /* HERE */
    int now = total += add;
    pthread_spin_unlock(&lock);
    return now;
}

int main(void)
{
    pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE);
    pthread_spin_lock(&lock);
    total = 0;
    int now = sum(3);
    pthread_spin_unlock(&lock);
    return now - 3;
}
