/*
 * The full disk ends the loop and no longer the function: the thread unlocks the
 * records on its only way out.
 *
 * @repairs  deadlock/owner-gone
 * @explore  RECORDS=4 DISK=3
 */
#include <pthread.h>
#include <stdio.h>

#define RECORDS 20
#define DISK 15

static pthread_mutex_t records_lock = PTHREAD_MUTEX_INITIALIZER;
static int records[RECORDS];
static int disk[DISK];
static int copied;

static void *backup(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&records_lock);
    for (int i = 0; i < RECORDS; i++) {
        if (copied == DISK)
            break; /* FIX: the full disk ends the loop only */
        disk[copied++] = records[i];
    }
    pthread_mutex_unlock(&records_lock);
    return NULL;
}

static void change(int record, int value)
{
    pthread_mutex_lock(&records_lock);
    records[record] = value;
    pthread_mutex_unlock(&records_lock);
}

int main(void)
{
    pthread_t thread;

    for (int i = 0; i < RECORDS; i++)
        records[i] = 100 + i;
    pthread_create(&thread, NULL, backup, NULL);
    pthread_join(thread, NULL);
    change(0, 200);

    if (copied != DISK || disk[DISK - 1] != 100 + DISK - 1 || records[0] != 200) {
        fprintf(stderr, "%d records copied, the first one is %d now\n", copied, records[0]);
        return 1;
    }
    return 0;
}
