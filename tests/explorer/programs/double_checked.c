/*
 * N threads want one object that is made when first asked for: a look without the lock, then one
 * with it, then the making.
 *
 * Bug: the pointer is stored and looked at without an order, so that a thread may see it before the
 * object's contents. Right under sequential consistency and on x86; wrong under C11 (and on ARM).
 *
 * Follows the "Double-Checked Locking is Broken" declaration (Bacon et al., 2000).
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#ifndef N
#define N 2
#endif
#ifdef FIXED
#define LOOK memory_order_acquire
#define PUBLISH memory_order_release
#else
#define LOOK memory_order_relaxed
#define PUBLISH memory_order_relaxed
#endif

struct settings {
    _Atomic int limit; /* relaxed: a late value is a wrong one, not a race */
};

static struct settings object;
static struct settings *_Atomic settings;
static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;

static struct settings *get(void)
{
    struct settings *seen = atomic_load_explicit(&settings, LOOK);

    if (seen)
        return seen;
    pthread_mutex_lock(&making);
    seen = atomic_load_explicit(&settings, memory_order_relaxed);
    if (!seen) {
        seen = &object;
        atomic_store_explicit(&seen->limit, 100, memory_order_relaxed);
        atomic_store_explicit(&settings, seen, PUBLISH);
    }
    pthread_mutex_unlock(&making);
    return seen;
}

static void *use(void *unused)
{
    (void)unused;
    assert(atomic_load_explicit(&get()->limit, memory_order_relaxed) == 100);
    return NULL;
}

int main(void)
{
    pthread_t threads[N];

    for (int i = 0; i < N; i++)
        pthread_create(&threads[i], NULL, use, NULL);
    for (int i = 0; i < N; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
