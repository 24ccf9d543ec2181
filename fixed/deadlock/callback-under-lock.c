/*
 * The display gives its own lock back before it calls unsubscribe(), so that the
 * list's lock is never taken inside the display's: one order is left.
 *
 * @repairs  deadlock/callback-under-lock
 * @explore  READINGS=2
 */
#include <pthread.h>
#include <stdio.h>

#define READINGS 100
#define MAX_OBSERVERS 4

typedef void (*observer)(int degrees);

static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static observer observers[MAX_OBSERVERS];
static int observer_count;

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int degrees;
    int readings;
} display = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0};

static void subscribe(observer new)
{
    pthread_mutex_lock(&list_lock);
    observers[observer_count++] = new;
    pthread_mutex_unlock(&list_lock);
}

static void unsubscribe(observer old)
{
    pthread_mutex_lock(&list_lock);
    for (int i = 0; i < observer_count; i++) {
        if (observers[i] == old)
            observers[i] = observers[--observer_count];
    }
    pthread_mutex_unlock(&list_lock);
}

static void publish(int degrees)
{
    pthread_mutex_lock(&list_lock);
    for (int i = 0; i < observer_count; i++)
        observers[i](degrees);
    pthread_mutex_unlock(&list_lock);
}

/* The display's callback. */
static void show(int degrees)
{
    pthread_mutex_lock(&display.lock);
    display.degrees = degrees;
    display.readings++;
    pthread_cond_signal(&display.changed);
    pthread_mutex_unlock(&display.lock);
}

static void close_display(void)
{
    pthread_mutex_lock(&display.lock);
    while (display.readings < READINGS)
        pthread_cond_wait(&display.changed, &display.lock);
    pthread_mutex_unlock(&display.lock); /* FIX: let go of the display first */
    unsubscribe(show);
}

static void *sensor(void *arg)
{
    (void)arg;
    for (int i = 0; i < READINGS; i++)
        publish(15 + i % 10);
    return NULL;
}

int main(void)
{
    pthread_t thread;
    subscribe(show);
    pthread_create(&thread, NULL, sensor, NULL);
    close_display();
    pthread_join(thread, NULL);

    if (display.readings != READINGS || observer_count != 0) {
        fprintf(stderr, "%d readings shown, %d observers left\n", display.readings, observer_count);
        return 1;
    }
    return 0;
}
