/*
 * The flag is set under the mutex and the condition signalled after it was let go.
 * says: nothing
 */
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int turn;

static void wait_for_turn(int mine)
{
    pthread_mutex_lock(&lock);
    while (turn != mine)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}

static void pass_to(int other)
{
    pthread_mutex_lock(&lock);
    turn = other;
    pthread_mutex_unlock(&lock);
    pthread_cond_signal(&changed);
}

static void *second(void *unused)
{
    for (int i = 0; i < 200; i++) {
        wait_for_turn(1);
        usleep(1000);
        pass_to(0);
    }
    return unused;
}

int main(void)
{
    pthread_t other;
    pthread_create(&other, NULL, second, NULL);
    for (int i = 0; i < 200; i++) {
        wait_for_turn(0);
        usleep(1000);
        pass_to(1);
    }
    pthread_join(other, NULL);
    return turn;
}
