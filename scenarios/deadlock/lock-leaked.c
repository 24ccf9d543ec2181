/*
 * A heating reads its settings anew while it runs, under their lock. If a line is
 * not valid, the function returns early and leaves the settings locked. The next
 * thread that wants to know a setting waits for ever.
 *
 * The early return was put in for safety and looks like good manners; the unlock
 * stands ten lines further down. All is well as long as the file is. A typing
 * error in it does not show when the file is read: the rooms go cold afterwards,
 * somewhere else.
 *
 * The twin has one way out, which unlocks. Reading the file into a copy first
 * and locking only to exchange the two would keep the lock out of all this.
 *
 * @hazard   deadlock/lock-leaked
 * @concept  lock, thread, deadlock
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=caught
 * @why      tsan,helgrind,drd: check the order and the use of locks; a lock that is never given
 *           back is no report while its thread lives
 * @see      CWE-833, CWE-772
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
            return -1; /* HAZARD: leaves the settings locked */
        }
        settings.degrees[room] = atoi(equals + 1);
    }
    pthread_mutex_unlock(&settings.lock);
    return result;
}

static int wanted(int room)
{
    pthread_mutex_lock(&settings.lock); /* HAZARD: nobody will ever unlock it */
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
