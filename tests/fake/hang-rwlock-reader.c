/*
 * Reads again behind a writer that waits for the first reading to end; a lock that
 * prefers writers lets no reader past one. Another thread goes on all the time.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_rwlock_t lock;
static volatile pid_t writer;

static void *sleeps(void *unused)
{
    for (;;)
        usleep(1000);
    return unused;
}

static void *writes(void *unused)
{
    writer = (pid_t)syscall(SYS_gettid);
    pthread_rwlock_wrlock(&lock); /* HERE */
    return unused;
}

static int blocked_in_futex(pid_t tid)
{
    char path[64], text[64] = "";
    snprintf(path, sizeof path, "/proc/self/task/%d/syscall", (int)tid);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return 0;
    int read = fgets(text, sizeof text, file) != NULL;
    fclose(file);
    return read && strncmp(text, "202 ", 4) == 0;
}

int main(void)
{
    pthread_t thread;
    pthread_rwlockattr_t kind;
    pthread_rwlockattr_init(&kind);
    pthread_rwlockattr_setkind_np(&kind, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&lock, &kind);
    pthread_rwlock_rdlock(&lock);
    pthread_create(&thread, NULL, sleeps, NULL);
    pthread_create(&thread, NULL, writes, NULL);
    while (writer == 0 || !blocked_in_futex(writer))
        usleep(1000);
    pthread_rwlock_rdlock(&lock); /* HERE */
    return 0;
}
