/*
 * A deposit, a withdrawal and an audit on one account, each under the account's lock. Once both
 * movements are done the auditor compares the balance with what it should be.
 *
 * Bug: the auditor subtracts the deposit instead of adding it, which shows only if he comes
 * after both others; he is created first, so the order of creation hides it.
 *
 * Follows account_bad of the concurrency suite of SCTBench (PPoPP 2014), from ESBMC's tests
 * (Cordeiro and Fischer, ICSE 2011); threads are joined, as in PERIOD. Preemptions: 0.
 */
#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

static const int opening = 1, deposited = 2, withdrawn = 4;
static int balance;
static bool deposit_done, withdrawal_done;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *deposit(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&lock);
    balance = balance + deposited;
    deposit_done = true;
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void *withdraw(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&lock);
    balance = balance - withdrawn;
    withdrawal_done = true;
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void *audit(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&lock);
    if (deposit_done && withdrawal_done) {
#ifdef FIXED
        assert(balance == opening + deposited - withdrawn);
#else
        assert(balance == opening - deposited - withdrawn);
#endif
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    pthread_t auditor, depositor, withdrawer;

    balance = opening;
    pthread_create(&auditor, NULL, audit, NULL);
    pthread_create(&depositor, NULL, deposit, NULL);
    pthread_create(&withdrawer, NULL, withdraw, NULL);
    pthread_join(withdrawer, NULL);
    pthread_join(depositor, NULL);
    pthread_join(auditor, NULL);
    return 0;
}
