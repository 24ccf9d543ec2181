/* How main() ends while another thread goes on: what that would have done is explored too. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_int x, y;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int last;

static void *goes_on(void *unused)
{
    y = 1;
    x = 1;
    y = 2;
    assert(!last);
    return unused;
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";
    pthread_t thread;
    last = strcmp(how, "_exit") == 0 || strcmp(how, "quick_exit") == 0;
    pthread_create(&thread, NULL, goes_on, NULL);
    int seen = x;
    if (strcmp(how, "_exit") == 0)
        _exit(0);
    if (strcmp(how, "quick_exit") == 0)
        quick_exit(0);
    if (strcmp(how, "assert") == 0)
        assert(seen != 0);
    else if (strcmp(how, "abort") == 0 && seen == 0)
        abort();
    else if (strcmp(how, "crash") == 0 && seen == 0)
        *(volatile int *)8 = 1;
    else if (strcmp(how, "misuse") == 0 && seen == 0)
        pthread_mutex_unlock(&mutex);
    pthread_join(thread, NULL);
    return 3;
}
