/*
 * The main thread joins a worker, which joins a helper, which joins the main thread.
 * says: deadlock/join-cycle
 */
#include <pthread.h>

static pthread_t main_thread;

static void *help(void *unused)
{
    pthread_join(main_thread, NULL); /* HERE */
    return unused;
}

static void *work(void *unused)
{
    pthread_t helper;
    pthread_create(&helper, NULL, help, NULL);
    pthread_join(helper, NULL); /* HERE */
    return unused;
}

int main(void)
{
    pthread_t worker;
    main_thread = pthread_self();
    pthread_create(&worker, NULL, work, NULL);
    pthread_join(worker, NULL); /* HERE */
    return 0;
}
