/*
 * Four processes lock two files in one order, by flock() and by a record lock, and hold them long.
 * says: nothing
 */
#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

static int work(void)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int one = open("one", O_RDWR | O_CREAT, 0600), two = open("two", O_RDWR | O_CREAT, 0600);
    for (int i = 0; i < 5; i++) {
        if (flock(one, LOCK_EX) != 0 || fcntl(two, F_SETLKW, &whole) != 0)
            return 1;
        usleep(20000);
        whole.l_type = F_UNLCK;
        if (fcntl(two, F_SETLK, &whole) != 0 || flock(one, LOCK_UN) != 0)
            return 1;
        whole.l_type = F_WRLCK;
    }
    return 0;
}

int main(void)
{
    int status, wrong = 0;
    for (int i = 0; i < 4; i++)
        if (fork() == 0)
            _exit(work());
    while (wait(&status) > 0)
        wrong += status != 0;
    return wrong;
}
