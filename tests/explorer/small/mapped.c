/*
 * Memory that is not a global, on the heap or a stack: mapped, the C library's, or what main() was
 * given. The first argument says which.
 */
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int *number, locked;

static void *adds(void *unused)
{
    if (locked)
        pthread_mutex_lock(&mutex);
    ++*number;
    if (locked)
        pthread_mutex_unlock(&mutex);
    return unused;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    time_t now = 0;
    locked = strstr(name, "locked") != NULL;
    if (name[0] == 'X') /* what a schedule did to its arguments is not put back */
        return 1;
    if (strcmp(name, "library") == 0)
        number = &localtime(&now)->tm_sec;
    else if (strncmp(name, "given", 5) == 0)
        number = (int *)&argv[0];
    else
        number = mmap(NULL, 5000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *number = 0; /* named: memory */
    pthread_t thread;
    pthread_create(&thread, NULL, adds, NULL);
    adds(NULL);
    pthread_join(thread, NULL);
    int sum = *number;
    if (strncmp(name, "given", 5) == 0)
        argv[1][0] = 'X';
    else if (strcmp(name, "library") != 0)
        munmap(number, 5000);
    if (strcmp(name, "gone") == 0)
        ++*number;
    return sum != 2;
}
