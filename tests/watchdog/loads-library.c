/*
 * A library with locks of its own is loaded, used by two threads, and unloaded, again and again;
 * now and then with the roles of its locks exchanged, which is right as they are new ones each
 * time.
 * says: nothing
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>

static void *call(void *function)
{
    (*(void (**)(void))function)();
    return NULL;
}

int main(void)
{
    for (int i = 0; i < 20; i++) {
        void *library = dlopen("lib-locks.so", RTLD_NOW);
        if (library == NULL)
            return 2;
        void (*function)(void);
        *(void **)&function = dlsym(library, i % 2 == 0 ? "locks_forward" : "locks_backward");
        pthread_t thread[2];
        for (int j = 0; j < 2; j++)
            pthread_create(&thread[j], NULL, call, &function);
        for (int j = 0; j < 2; j++)
            pthread_join(thread[j], NULL);
        dlclose(library);
    }
    return 0;
}
