/*
 * print takes its copy of the list while it still holds the interpreter's lock and lets
 * go only around the write, which touches nothing but the copy.
 *
 * @repairs  race/interpreter-lock
 * @explore  TURNS=2
 */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#define SCRIPTS 2
#define TURNS 5000
#define ITEM 7

enum instruction { APPEND, PRINT, AGAIN };

struct list {
    long length, sum; /* every item is an ITEM */
};

static pthread_mutex_t interpreter_lock = PTHREAD_MUTEX_INITIALIZER;
static struct list list; /* an object that the scripts share */
static int output;       /* file descriptor */

static void append_item(void)
{
    list.length++;
    list.sum += ITEM;
}

static void print_list(void)
{
    struct list copy;

    copy.length = list.length;
    copy.sum = list.sum;
    pthread_mutex_unlock(&interpreter_lock); /* FIX: the list is no longer needed */
    if (write(output, &copy, sizeof copy) != sizeof copy)
        perror("write");
    pthread_mutex_lock(&interpreter_lock);
}

static void *run(void *argument)
{
    const enum instruction *script = argument;
    const enum instruction *next = script;
    int turns = 0;

    pthread_mutex_lock(&interpreter_lock);
    while (turns < TURNS) {
        switch (*next++) {
        case APPEND:
            append_item();
            break;
        case PRINT:
            print_list();
            break;
        case AGAIN:
            next = script;
            turns++;
        }
    }
    pthread_mutex_unlock(&interpreter_lock);
    return NULL;
}

int main(void)
{
    static enum instruction script[] = {APPEND, APPEND, PRINT, AGAIN};
    FILE *file = tmpfile();
    pthread_t threads[SCRIPTS];
    struct list printed;
    long wrong = 0;

    if (file == NULL)
        return 1;
    output = fileno(file);
    pthread_mutex_lock(&interpreter_lock); /* the scripts wait until all are started */
    for (int i = 0; i < SCRIPTS; i++)
        pthread_create(&threads[i], NULL, run, script);
    pthread_mutex_unlock(&interpreter_lock);
    for (int i = 0; i < SCRIPTS; i++)
        pthread_join(threads[i], NULL);

    rewind(file);
    while (fread(&printed, sizeof printed, 1, file) == 1)
        wrong += printed.sum != printed.length * ITEM;
    fclose(file);
    if (wrong > 0) {
        fprintf(stderr, "%ld lists were printed with a length that is not theirs\n", wrong);
        return 1;
    }
    return 0;
}
