#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *text;

static void *reader(void *unused)
{
    printf("%c\n", text[1]);
    return unused;
}

static void *closer(void *unused)
{
    free(text);
    return unused;
}

int main(void)
{
    pthread_t one, two;
    text = strdup("shared");
    pthread_create(&two, NULL, closer, NULL);
    pthread_create(&one, NULL, reader, NULL);
    pthread_setname_np(one, "reader");
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    text = strdup("again");
    free(text);
    pthread_create(&one, NULL, reader, NULL);
    pthread_join(one, NULL);
    return 0;
}
