/*
 * A thermostat tells its observers each reading while it holds the lock of its
 * list of observers, and the display's callback locks the display. When the
 * display closes, it unsubscribes while it holds its own lock: the other order.
 *
 * Neither place shows two locks: one hides behind a function pointer, the other
 * inside unsubscribe(). Here the display closes after the last reading, when the
 * sensor wants nothing more from it. Whoever closes the window while readings
 * still come in will some day find the program frozen.
 *
 * The twin lets go of the display before it unsubscribes. Copying the list and
 * calling the observers without the lock would break the circle at its other
 * end, but then a callback may still come after the unsubscribing.
 *
 * @hazard   deadlock/callback-under-lock
 * @concept  lock, condition, thread, deadlock
 * @expect   tsan=caught helgrind=caught drd=blind watchdog=caught explorer=blind
 * @why      drd: keeps no lock-order graph
 * @why      explorer: all orders of this program were run and none deadlocks: the display closes
 *           when the last reading has come
 * @explore  READINGS=2
 * @see      CWE-833
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
        observers[i](degrees); /* HAZARD: holds the list, and the callback locks the display */
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
    unsubscribe(show); /* HAZARD: holds the display, and this locks the list */
    pthread_mutex_unlock(&display.lock);
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
