/*
 * Semaphores by which two threads call each other: who waits is never the one that posts.
 * says: nothing
 */
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

static sem_t ping, pong;
static int ball;

static void *opponent(void *unused)
{
    for (int i = 0; i < 2000; i++) {
        sem_wait(&ping);
        ball++;
        sem_post(&pong);
    }
    return unused;
}

int main(void)
{
    pthread_t other;
    sem_init(&ping, 0, 0);
    sem_init(&pong, 0, 0);
    pthread_create(&other, NULL, opponent, NULL);
    usleep(200000);
    for (int i = 0; i < 2000; i++) {
        sem_post(&ping);
        sem_wait(&pong);
    }
    pthread_join(other, NULL);
    return ball - 2000 + sem_destroy(&ping) + sem_destroy(&pong);
}
