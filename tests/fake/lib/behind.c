/*
 * A library that stands behind the preloaded one and takes over the same functions:
 * prints how often it was asked for a mutex.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

static unsigned locked, unlocked;

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    int (*next)(pthread_mutex_t *) = dlsym(RTLD_NEXT, "pthread_mutex_lock");
    locked++;
    return next(mutex);
}

int pthread_mutex_trylock(pthread_mutex_t *mutex)
{
    int (*next)(pthread_mutex_t *) = dlsym(RTLD_NEXT, "pthread_mutex_trylock");
    locked++;
    return next(mutex);
}

int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    int (*next)(pthread_mutex_t *) = dlsym(RTLD_NEXT, "pthread_mutex_unlock");
    unlocked++;
    return next(mutex);
}

__attribute__((destructor)) static void tell(void)
{
    printf("locked %u unlocked %u\n", locked, unlocked);
}
