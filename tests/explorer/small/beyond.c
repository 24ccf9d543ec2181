/* What goes beyond the explorer: the first argument says what. */
#include <pthread.h>
#include <string.h>
#include <unistd.h>

/* 100 bytes and more a call. */
static int deep(int n)
{
    volatile char room[100];
    room[0] = (char)n;
    return n == 0 ? room[0] : deep(n - 1) + room[0];
}

static void *go_deep(void *calls)
{
    return deep(*(int *)calls) == 1 ? calls : NULL;
}

static void *ask(void *unused)
{
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL); /* named: type */
    return unused;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    int calls = 1 << 20;
    if (argc > 1 && strcmp(argv[1], "deep") == 0) {
        pthread_create(&thread, NULL, go_deep, &calls);
        pthread_join(thread, NULL);
    } else if (argc > 1 && strcmp(argv[1], "stack") == 0) {
        pthread_attr_t attributes;
        pthread_attr_init(&attributes);
        pthread_attr_setstacksize(&attributes, 1 << 20); /* named: stack */
        calls = 100;
        pthread_create(&thread, &attributes, go_deep, &calls);
        pthread_join(thread, NULL);
    } else {
        pthread_create(&thread, NULL, ask, NULL);
        pthread_join(thread, NULL);
    }
    return 0;
}
