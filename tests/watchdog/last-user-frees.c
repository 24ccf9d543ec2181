/*
 * An object counts its users; the last one lets its lock go, destroys and frees it. An array of
 * such objects moves in memory while all of them are free.
 * says: nothing
 */
#include <pthread.h>
#include <stdlib.h>

struct object {
    pthread_mutex_t lock;
    int users;
};

static void let_go(struct object *object)
{
    pthread_mutex_lock(&object->lock);
    int left = --object->users;
    pthread_mutex_unlock(&object->lock);
    if (left > 0)
        return;
    pthread_mutex_destroy(&object->lock);
    free(object);
}

static void *use(void *object)
{
    let_go(object);
    return NULL;
}

int main(void)
{
    pthread_t thread[2];
    for (int i = 0; i < 300; i++) {
        struct object *object = malloc(sizeof *object);
        object->users = 3;
        pthread_mutex_init(&object->lock, NULL);
        for (int j = 0; j < 2; j++)
            pthread_create(&thread[j], NULL, use, object);
        let_go(object);
        for (int j = 0; j < 2; j++)
            pthread_join(thread[j], NULL);
    }
    struct object *array = NULL;
    for (size_t n = 1; n < 2000; n *= 2) {
        array = realloc(array, n * sizeof *array);
        pthread_mutex_init(&array[n - 1].lock, NULL);
        pthread_mutex_lock(&array[n - 1].lock);
        pthread_mutex_unlock(&array[n - 1].lock);
    }
    free(array);
    return 0;
}
