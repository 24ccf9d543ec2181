/*
 * A server opens a FIFO to read, and waits in that for its first client, who is none of its own
 * processes. An alarm ends it.
 * says: nothing
 * ends: signal 14
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void)
{
    ualarm(500000, 0);
    if (mkfifo("requests", 0600) != 0)
        return 2;
    int in = open("requests", O_RDONLY);
    return close(in) + 1;
}
