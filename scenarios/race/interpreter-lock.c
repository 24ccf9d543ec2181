/*
 * An interpreter runs all scripts under one big lock and lets it go around output, so
 * that others can run meanwhile. Its print lets go too early, and reads the list that
 * it prints while another script changes it.
 *
 * One big lock makes every instruction safe, and the people who write the built-ins
 * stop to think of threads. But "around output" is a place in the code, and everything
 * between letting go and taking back runs beside the others: what it touches must be
 * its own. The user, who was told that the interpreter lock protects everything, sees a list
 * printed with a length that does not fit its contents.
 *
 * The twin takes its copy of the list first and lets go only around the write. That
 * makes print one step; a script that reads the list, prints, and then changes it by
 * what it read still needs a lock of its own.
 *
 * @hazard   race/interpreter-lock
 * @concept  race, interpreter-lock, lock, thread, file
 * @expect   tsan=caught helgrind=caught drd=caught watchdog=blind explorer=caught
 * @why      watchdog: it watches waiting, not memory
 * @explore  TURNS=2
 * @see      CWE-366, CWE-820
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
    list.length++;    /* HAZARD: under the lock, but print has let it go */
    list.sum += ITEM; /* HAZARD: so that print may come in between */
}

static void print_list(void)
{
    struct list copy;

    pthread_mutex_unlock(&interpreter_lock);
    copy.length = list.length; /* HAZARD: the lock is gone, another script may append */
    copy.sum = list.sum;       /* HAZARD: and this may be of a longer list */
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
