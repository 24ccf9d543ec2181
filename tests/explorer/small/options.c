/* Reads its options, "-a -b WORD": where the C library stands in them is not put back. */
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

static void *nothing(void *argument)
{
    return argument;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    pthread_create(&thread, NULL, nothing, NULL);
    pthread_join(thread, NULL);
    int seen = 0;
    for (int option; (option = getopt(argc, argv, "ab:")) != -1;)
        seen += option == 'a' ? 1 : option == 'b' ? 10 : 100;
    return seen != 11;
}
