/*
 * A door's two states are bit-fields side by side. Each is changed by one thread alone,
 * under a lock of its own, and still they destroy each other.
 *
 * In the source they are two members, and two threads may change two members at once.
 * But bit-fields that stand together are one memory location: to change one, the
 * processor reads the byte, changes a bit and writes back the byte, the neighbour's old
 * bit with it. The user sees a light that stays on although it was switched off, and no
 * line of code that could have done it.
 *
 * The twin makes each state a member of its own, which costs a byte. An unnamed
 * bit-field of width 0 between the two parts them as well; so does one lock for both.
 *
 * @hazard   race/neighbouring-bit-fields
 * @concept  race, lock, thread
 * @expect   tsan=caught helgrind=caught drd=caught watchdog=blind explorer=caught
 * @why      watchdog: it watches waiting, not memory
 * @explore  SWITCHES=2
 * @see      CWE-366
 */
#include <pthread.h>
#include <stdio.h>

#define SWITCHES 20000

struct door {
    unsigned open : 1; /* guarded by open_lock */
    unsigned lit : 1;  /* guarded by light_lock */
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
        door.open = i & 1; /* HAZARD: writes the byte in which `lit` is too */
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
        door.lit = i & 1; /* HAZARD: writes the byte in which `open` is too */
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
