/* What goes beyond the explorer: the first argument says what. */
#include <pthread.h>
#include <stdlib.h>
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

static void *nothing(void *unused)
{
    return unused;
}

static int many_threads(void)
{
    pthread_t thread;
    for (int i = 0; i < 300; i++) {
        if (pthread_create(&thread, NULL, nothing, NULL) != 0) /* named: threads */
            return 1;
        pthread_join(thread, NULL);
    }
    return 0;
}

static int many_keys(void)
{
    pthread_key_t key;
    for (int i = 0; i < 200; i++)
        if (pthread_key_create(&key, NULL) != 0) /* named: keys */
            return 1;
    return 0;
}

/* More than a real heap would have is NULL; what it would have is not. */
static int much_memory(void)
{
    if (malloc((size_t)1 << 40) != NULL)
        return 1;
    for (int i = 0; i < 5; i++)
        if (malloc(400 << 20) == NULL) /* named: memory */
            return 1;
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "threads") == 0)
        return many_threads();
    if (argc > 1 && strcmp(argv[1], "keys") == 0)
        return many_keys();
    if (argc > 1 && strcmp(argv[1], "memory") == 0)
        return much_memory();
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
