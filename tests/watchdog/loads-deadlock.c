/*
 * Two threads deadlock inside of a library that was loaded after the threads had started.
 * says: deadlock/lock-cycle
 */
#include <dlfcn.h>
#include <pthread.h>

static pthread_barrier_t loaded;
static void (*function[2])(void), (*meet)(void);

static void *call(void *which)
{
    pthread_barrier_wait(&loaded);
    (*(void (**)(void))which)();
    return NULL;
}

int main(void)
{
    pthread_t thread[2];
    pthread_barrier_init(&loaded, NULL, 3);
    for (int i = 0; i < 2; i++)
        pthread_create(&thread[i], NULL, call, &function[i]);
    void *library = dlopen("lib-locks.so", RTLD_NOW);
    if (library == NULL)
        return 2;
    *(void **)&function[0] = dlsym(library, "locks_forward");
    *(void **)&function[1] = dlsym(library, "locks_backward");
    *(void **)&meet = dlsym(library, "locks_meet");
    meet();
    pthread_barrier_wait(&loaded);
    for (int i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    return 0;
}
