/*
 * A program waits for a semaphore in a file, for whoever maps the file and posts it: a program that
 * has not been started yet. An alarm ends it.
 * says: nothing
 * ends: signal 14
 */
#include <fcntl.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void)
{
    int file = open("start", O_RDWR | O_CREAT, 0600);
    if (file < 0 || ftruncate(file, sizeof(sem_t)) != 0)
        return 2;
    sem_t *start = mmap(NULL, sizeof *start, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (start == MAP_FAILED || sem_init(start, 1, 0) != 0)
        return 2;
    ualarm(500000, 0);
    return sem_wait(start) + 1;
}
