/*
 * Two clients wait for their answers at one condition, in one function. One of them gets hundreds
 * of answers while the other one waits for a single slow one: it is woken in vain, and nobody takes
 * what it waits for.
 * says: nothing
 */
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t answered = PTHREAD_COND_INITIALIZER;
static int answer[2];

static void wait_for_answer(int mine)
{
    pthread_mutex_lock(&lock);
    while (answer[mine] == 0)
        pthread_cond_wait(&answered, &lock);
    answer[mine]--;
    pthread_mutex_unlock(&lock);
}

static void give_answer(int to)
{
    pthread_mutex_lock(&lock);
    answer[to]++;
    pthread_cond_broadcast(&answered);
    pthread_mutex_unlock(&lock);
}

static void *patient(void *unused)
{
    wait_for_answer(0);
    return unused;
}

static void *chatty(void *unused)
{
    for (int i = 0; i < 400; i++)
        wait_for_answer(1);
    return unused;
}

int main(void)
{
    pthread_t one, two;
    pthread_create(&one, NULL, patient, NULL);
    pthread_create(&two, NULL, chatty, NULL);
    for (int i = 0; i < 400; i++) {
        usleep(1500);
        give_answer(1);
    }
    give_answer(0);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    return answer[0] + answer[1];
}
