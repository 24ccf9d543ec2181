/*
 * A backup thread locks the records, copies them until the disk is full, and then
 * returns from its start function with the records locked. Its thread is gone
 * and the lock stays taken: nobody is left who could give it back.
 *
 * It is the same slip as any early return without an unlock, but here it ends the
 * thread, and one thinks that what belongs to a thread ends with it. Memory does
 * not, and a lock does not either. The program hangs at the next change of a
 * record, when no backup has been running for a long time.
 *
 * The twin unlocks before it returns. A robust mutex would tell the next one who
 * locks it that its owner is gone, but only if the thread dies as such: the
 * records may then be half changed, and have to be looked through.
 *
 * @hazard   deadlock/owner-gone
 * @concept  lock, thread, deadlock
 * @expect   tsan=blind helgrind=missed drd=missed watchdog=caught explorer=caught
 * @why      tsan: does not look at what a thread holds when it ends
 * @why      helgrind: says that the exiting thread still holds a lock, but with the stack of the C
 *           library's thread exit, which names no line of the program
 * @why      drd: says that a lock is still held at the thread's exit, but with the stack of the
 *           join, which is not where the mistake is
 * @also     misuse
 * @explore  RECORDS=4 DISK=3
 * @see      CWE-833, CWE-772
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
    pthread_mutex_lock(&records_lock); /* HAZARD: kept beyond the end of the thread */
    for (int i = 0; i < RECORDS; i++) {
        if (copied == DISK)
            return NULL; /* HAZARD: ends the thread with the records locked */
        disk[copied++] = records[i];
    }
    pthread_mutex_unlock(&records_lock);
    return NULL;
}

static void change(int record, int value)
{
    pthread_mutex_lock(&records_lock); /* HAZARD: the owner is gone */
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
