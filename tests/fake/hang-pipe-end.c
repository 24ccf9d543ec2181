/* Reads to the end of a pipe whose write end it has left open itself. */
#include <unistd.h>

int main(void)
{
    char byte;
    int ends[2];
    if (pipe(ends) != 0 || write(ends[1], "x", 1) != 1)
        return 2;
    while (read(ends[0], &byte, 1) > 0) /* HERE */
        ;
    return 0;
}
