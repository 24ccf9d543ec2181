/*
 * Each thread is handed the pointer to its file by value. The loop's own variable is
 * seen by nobody else, so it may move on.
 *
 * @repairs  race/loop-variable
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
    struct file *file = argument; /* FIX: the pointer itself, not where the loop keeps it */

    if (file->name == NULL)
        return NULL;
    return (void *)checksum(file->content);
}

int main(void)
{
    pthread_t threads[FILES];
    struct file *file;
    int wrong = 0;

    for (file = files; file->name != NULL; file++)
        pthread_create(&threads[file - files], NULL, sum_file, file); /* FIX: by value */

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
