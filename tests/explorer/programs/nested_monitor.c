/*
 * A registry under a lock holds a mailbox with a lock and a condition of its own: a reader waits
 * in the mailbox for a letter, a writer puts one in.
 *
 * Bug: the reader waits with the registry's lock held, which the writer needs to get at the
 * mailbox; only the mailbox's lock is let go while it waits.
 *
 * Follows the nested monitor problem (Lister, 1977). Preemptions: 0 (if the reader comes first).
 */
#include <pthread.h>
#include <stddef.h>

static int letters;
static pthread_mutex_t registry = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t mailbox = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t delivered = PTHREAD_COND_INITIALIZER;

static void *read_letter(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&registry);
#ifdef FIXED
    pthread_mutex_unlock(&registry);
#endif
    pthread_mutex_lock(&mailbox);
    while (letters == 0)
        pthread_cond_wait(&delivered, &mailbox);
    letters--;
    pthread_mutex_unlock(&mailbox);
#ifndef FIXED
    pthread_mutex_unlock(&registry);
#endif
    return NULL;
}

static void *write_letter(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&registry);
    pthread_mutex_lock(&mailbox);
    letters++;
    pthread_cond_signal(&delivered);
    pthread_mutex_unlock(&mailbox);
    pthread_mutex_unlock(&registry);
    return NULL;
}

int main(void)
{
    pthread_t reader, writer;

    pthread_create(&writer, NULL, write_letter, NULL);
    pthread_create(&reader, NULL, read_letter, NULL);
    pthread_join(reader, NULL);
    pthread_join(writer, NULL);
    return 0;
}
