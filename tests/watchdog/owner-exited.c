/*
 * A thread ends by an early return with a lock held.
 * says: deadlock/owner-gone
 * says: misuse/exit-holding
 */
#include <pthread.h>

static pthread_mutex_t account = PTHREAD_MUTEX_INITIALIZER;
static int balance = 10;

static void *withdraw(void *amount)
{
    pthread_mutex_lock(&account); /* HERE */
    if (balance < *(int *)amount)
        return NULL;
    balance -= *(int *)amount;
    pthread_mutex_unlock(&account);
    return NULL;
}

int main(void)
{
    pthread_t thread;
    int amount = 20;
    pthread_create(&thread, NULL, withdraw, &amount);
    pthread_join(thread, NULL);
    pthread_mutex_lock(&account); /* HERE */
    int left = balance;
    pthread_mutex_unlock(&account);
    return left - 10;
}
