/*
 * Each state is a whole member, and with it a memory location of its own that can be
 * written without touching the other.
 *
 * @repairs  race/neighbouring-bit-fields
 * @explore  SWITCHES=2
 */
#include <pthread.h>
#include <stdio.h>

#define SWITCHES 20000

struct door {
    unsigned char open; /* FIX: guarded by open_lock; a byte of its own */
    unsigned char lit;  /* FIX: guarded by light_lock; another */
};

static struct door door;
static pthread_mutex_t open_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t light_lock = PTHREAD_MUTEX_INITIALIZER;

static void *run_motor(void *unused)
{
    long undone = 0;

    (void)unused;
    for (unsigned i = 0; i < SWITCHES; i++) {
        pthread_mutex_lock(&open_lock);
        door.open = i & 1;
        if (door.open != (i & 1))
            undone++;
        pthread_mutex_unlock(&open_lock);
    }
    return (void *)undone;
}

static void *run_light(void *unused)
{
    long undone = 0;

    (void)unused;
    for (unsigned i = 0; i < SWITCHES; i++) {
        pthread_mutex_lock(&light_lock);
        door.lit = i & 1;
        if (door.lit != (i & 1))
            undone++;
        pthread_mutex_unlock(&light_lock);
    }
    return (void *)undone;
}

int main(void)
{
    pthread_t motor, light;
    void *motor_undone, *light_undone;

    pthread_create(&motor, NULL, run_motor, NULL);
    pthread_create(&light, NULL, run_light, NULL);
    pthread_join(motor, &motor_undone);
    pthread_join(light, &light_undone);

    if (motor_undone != NULL || light_undone != NULL) {
        fprintf(stderr, "undone behind their backs: %ld of the motor's, %ld of the light's\n",
                (long)motor_undone, (long)light_undone);
        return 1;
    }
    return 0;
}
