#include <pthread.h>
static int *volatile p;
static void *work(void *u)
{
    *p = 3;
    return u;
}
int main(void)
{
    pthread_t t;
    pthread_create(&t, 0, work, 0);
    pthread_join(t, 0);
    return 0;
}
