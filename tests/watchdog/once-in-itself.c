/*
 * The routine of a pthread_once() calls what calls that pthread_once().
 * says: deadlock/no-waker
 */
#include <pthread.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int tables;

static void initialise(void);

static int table_count(void)
{
    pthread_once(&once, initialise); /* HERE */
    return tables;
}

static void initialise(void)
{
    tables = table_count() + 1;
}

int main(void)
{
    return table_count() - 1;
}
