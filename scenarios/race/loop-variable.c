/*
 * A loop starts one thread for each file and hands every one of them the address of
 * the same loop variable, which has moved on by the time the thread looks.
 *
 * pthread_create takes one pointer, the variable is at hand, and `&file` compiles
 * without a word. All threads share it: they read whatever the loop has got to. The
 * user sees files skipped and others done twice, and a debugger that steps through
 * the loop makes it go away, since each thread then starts before the next turn.
 *
 * The twin hands over the value, the pointer to the file itself, which stays what it
 * is. Where the value does not fit into a pointer, each thread needs an argument of
 * its own, in an array or on the heap.
 *
 * @hazard   race/loop-variable
 * @concept  race, thread
 * @expect   tsan=caught helgrind=caught drd=missed watchdog=blind explorer=caught
 * @why      drd: leaves out what a thread does on its own stack unless --check-stack-var=yes
 * @why      watchdog: it watches waiting, not memory
 * @see      CWE-366
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>

#define FILES 8

struct file {
    const char *name; /* NULL after the last one */
    const char *content;
};

static struct file files[FILES + 1] = {
    {"apple", "red"}, {"plum", "blue"},   {"lemon", "yellow"}, {"lime", "green"},
    {"coal", "grey"}, {"beech", "brown"}, {"rust", "orange"},  {"lilac", "violet"},
};

static uintptr_t checksum(const char *content)
{
    uintptr_t sum = 5381;

    while (*content != '\0')
        sum = sum * 33 + (unsigned char)*content++;
    return sum;
}

static void *sum_file(void *argument)
{
    struct file *file = *(struct file **)argument; /* HAZARD: the loop may have moved it on */

    if (file->name == NULL)
        return NULL;
    return (void *)checksum(file->content);
}

int main(void)
{
    pthread_t threads[FILES];
    struct file *file;
    int wrong = 0;

    for (file = files; file->name != NULL; file++) /* HAZARD: this moves it on for all threads */
        pthread_create(&threads[file - files], NULL, sum_file, &file);

    for (int i = 0; i < FILES; i++) {
        void *sum;
        pthread_join(threads[i], &sum);
        if ((uintptr_t)sum != checksum(files[i].content))
            wrong++;
    }
    if (wrong > 0) {
        fprintf(stderr, "%d of %d files have the checksum of another\n", wrong, FILES);
        return 1;
    }
    return 0;
}
