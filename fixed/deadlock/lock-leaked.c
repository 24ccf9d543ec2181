/*
 * The faulty line no longer leaves the function on the spot: it falls through to
 * the one place where the settings are unlocked.
 *
 * @repairs  deadlock/lock-leaked
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOMS 3

static struct {
    pthread_mutex_t lock;
    int degrees[ROOMS];
} settings = {PTHREAD_MUTEX_INITIALIZER, {20, 20, 20}};

/* Reads lines such as "1=21". Returns 0, or -1 at the first line that is not one. */
static int reload(const char *const *lines, int count)
{
    int result = 0;
    pthread_mutex_lock(&settings.lock);
    for (int i = 0; i < count; i++) {
        const char *equals = strchr(lines[i], '=');
        int room = atoi(lines[i]);
        if (equals == NULL || room < 0 || room >= ROOMS) {
            result = -1; /* FIX: out by the one way that unlocks */
            break;
        }
        settings.degrees[room] = atoi(equals + 1);
    }
    pthread_mutex_unlock(&settings.lock);
    return result;
}

static int wanted(int room)
{
    pthread_mutex_lock(&settings.lock);
    int degrees = settings.degrees[room];
    pthread_mutex_unlock(&settings.lock);
    return degrees;
}

static void *heat(void *arg)
{
    int *sum = arg;
    for (int room = 0; room < ROOMS; room++)
        *sum += wanted(room);
    return NULL;
}

int main(void)
{
    static const char *const file[] = {"0=21", "1:19", "2=23"};
    pthread_t heater;
    int sum = 0;

    int result = reload(file, 3);
    pthread_create(&heater, NULL, heat, &sum);
    pthread_join(heater, NULL);

    if (result != -1 || sum != 21 + 20 + 20) {
        fprintf(stderr, "reload gave %d, the rooms want %d degrees in all\n", result, sum);
        return 1;
    }
    return 0;
}
