/*
 * A driver counts the requests that are under way; the thread that stops the device gives its
 * own count back, and whoever brings the count to zero lets the stopping go on, after which no
 * request may be worked on.
 *
 * Bug: a request looks at the stopping flag, and only then counts itself. If the whole of the
 * stopping comes in between, the request works on a device that is gone.
 *
 * Follows bluetooth_driver_bad of SCTBench (PPoPP 2014), after the model of Qadeer and Wu's KISS
 * (PLDI 2004); as in PERIOD, both threads are made by main. Smallest number of preemptions: 1
 * (the request, between its look and its count).
 */
#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct device {
    int under_way; /* requests, and one for the device itself */
    bool stopping;
    _Atomic bool drained;
};

static bool stopped;
static pthread_mutex_t count_lock = PTHREAD_MUTEX_INITIALIZER;

static bool begin(struct device *device)
{
#ifdef FIXED
    pthread_mutex_lock(&count_lock);
    bool refused = device->stopping;
    if (!refused)
        device->under_way = device->under_way + 1;
    pthread_mutex_unlock(&count_lock);
    return !refused;
#else
    if (device->stopping)
        return false;
    pthread_mutex_lock(&count_lock);
    device->under_way = device->under_way + 1;
    pthread_mutex_unlock(&count_lock);
    return true;
#endif
}

static void end(struct device *device)
{
    int left;

    pthread_mutex_lock(&count_lock);
    device->under_way = device->under_way - 1;
    left = device->under_way;
    pthread_mutex_unlock(&count_lock);
    if (left == 0)
        device->drained = true;
}

static void *request(void *argument)
{
    struct device *device = argument;
    bool begun = begin(device);

    if (begun)
        assert(!stopped);
#ifdef FIXED
    if (begun)
        end(device);
#else
    end(device); /* as published: also of a request that was refused */
#endif
    return NULL;
}

static void *stop(void *argument)
{
    struct device *device = argument;

#ifdef FIXED
    pthread_mutex_lock(&count_lock);
    device->stopping = true;
    pthread_mutex_unlock(&count_lock);
#else
    device->stopping = true;
#endif
    end(device);
    if (device->drained)
        stopped = true;
    return NULL;
}

int main(void)
{
    struct device device = {.under_way = 1};
    pthread_t stopper, requester;

    pthread_create(&stopper, NULL, stop, &device);
    pthread_create(&requester, NULL, request, &device);
    pthread_join(requester, NULL);
    pthread_join(stopper, NULL);
    return 0;
}
