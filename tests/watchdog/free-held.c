/*
 * An object is freed with the lock in it still held by the thread that frees it.
 * says: misuse/free-held
 */
#include <pthread.h>
#include <stdlib.h>

struct session {
    pthread_mutex_t lock;
    char name[100];
};

static void end(struct session *session)
{
    pthread_mutex_lock(&session->lock);
    session->name[0] = '\0';
    free(session); /* HERE */
}

int main(void)
{
    struct session *session = calloc(1, sizeof *session);
    pthread_mutex_init(&session->lock, NULL);
    end(session);
    return 0;
}
