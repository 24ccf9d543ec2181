/*
 * A list with a lock in each node: the next one is taken before the last one is let go.
 * says: nothing
 */
#include <pthread.h>
#include <stdlib.h>

struct node {
    pthread_mutex_t lock;
    int value;
    struct node *next;
};
static struct node *head;

static void *add_one_to_all(void *unused)
{
    for (int round = 0; round < 50; round++) {
        struct node *node = head;
        pthread_mutex_lock(&node->lock);
        while (node != NULL) {
            struct node *next = node->next;
            node->value++;
            if (next != NULL)
                pthread_mutex_lock(&next->lock);
            pthread_mutex_unlock(&node->lock);
            node = next;
        }
    }
    return unused;
}

int main(void)
{
    pthread_t thread[3];
    for (int i = 0; i < 100; i++) {
        struct node *node = calloc(1, sizeof *node);
        pthread_mutex_init(&node->lock, NULL);
        node->next = head;
        head = node;
    }
    for (int i = 0; i < 3; i++)
        pthread_create(&thread[i], NULL, add_one_to_all, NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(thread[i], NULL);
    int wrong = 0;
    for (struct node *node = head; node != NULL; node = node->next)
        wrong += node->value != 150;
    return wrong;
}
