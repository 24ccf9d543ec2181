/*
 * Two spin locks in one order, held for so long that others spin for most of their time.
 * says: nothing
 */
#include <pthread.h>
#include <unistd.h>

static pthread_spinlock_t head, tail;
static int items;

static void *push(void *unused)
{
    for (int i = 0; i < 40; i++) {
        pthread_spin_lock(&head);
        pthread_spin_lock(&tail);
        usleep(2000);
        items++;
        pthread_spin_unlock(&tail);
        pthread_spin_unlock(&head);
        usleep(3000);
    }
    return unused;
}

int main(void)
{
    pthread_t thread[2];
    pthread_spin_init(&head, PTHREAD_PROCESS_PRIVATE);
    pthread_spin_init(&tail, PTHREAD_PROCESS_PRIVATE);
    for (int i = 0; i < 2; i++)
        pthread_create(&thread[i], NULL, push, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    return items - 80;
}
