/*
 * A string buffer whose every method takes its lock. Appending one buffer to another asks the
 * source for its length, and then for that many characters.
 *
 * Bug: between the two questions another thread may erase characters of the source, so that more
 * are asked for than there are: two calls that are atomic are not one.
 *
 * Follows stringbuffer-jdk1.4 of CB (Yu and Narayanasamy, ISCA 2009) in SCTBench, the bug of
 * Java's StringBuffer first told of by Flanagan and Qadeer (PLDI 2003). Smallest number of
 * preemptions: 1 in main's append, with the eraser's append not yet done.
 */
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct buffer {
    pthread_mutex_t lock;
    char *chars;
    int room, count;
};

static struct buffer *shared;
#ifdef FIXED
static pthread_mutex_t whole_append = PTHREAD_MUTEX_INITIALIZER;
#endif

static void grow(struct buffer *buffer, int wanted)
{
    int room = (buffer->room + 1) * 2;
    char *chars = malloc((size_t)(room < wanted ? wanted : room));

    memcpy(chars, buffer->chars, (size_t)buffer->count);
    free(buffer->chars);
    buffer->chars = chars;
    buffer->room = room < wanted ? wanted : room;
}

static int length(struct buffer *buffer)
{
    pthread_mutex_lock(&buffer->lock);
    int count = buffer->count;
    pthread_mutex_unlock(&buffer->lock);
    return count;
}

static void get_chars(struct buffer *buffer, int from, int to, char *into)
{
    pthread_mutex_lock(&buffer->lock);
    assert(from >= 0 && from <= to);
    assert(to <= buffer->count);
    memcpy(into, buffer->chars + from, (size_t)(to - from));
    pthread_mutex_unlock(&buffer->lock);
}

static void append_buffer(struct buffer *buffer, struct buffer *source)
{
    pthread_mutex_lock(&buffer->lock);
    int added = length(source);
    if (buffer->count + added > buffer->room)
        grow(buffer, buffer->count + added);
    get_chars(source, 0, added, buffer->chars + buffer->count);
    buffer->count += added;
    pthread_mutex_unlock(&buffer->lock);
}

static void append(struct buffer *buffer, const char *text)
{
    int added = (int)strlen(text);

    pthread_mutex_lock(&buffer->lock);
    if (buffer->count + added > buffer->room)
        grow(buffer, buffer->count + added);
    memcpy(buffer->chars + buffer->count, text, (size_t)added);
    buffer->count += added;
    pthread_mutex_unlock(&buffer->lock);
}

static void erase(struct buffer *buffer, int from, int to)
{
    pthread_mutex_lock(&buffer->lock);
    assert(from >= 0);
    if (to > buffer->count)
        to = buffer->count;
    assert(from <= to);
    memmove(buffer->chars + from, buffer->chars + to, (size_t)(buffer->count - to));
    buffer->count -= to - from;
    pthread_mutex_unlock(&buffer->lock);
}

static struct buffer *make(const char *text)
{
    struct buffer *buffer = calloc(1, sizeof *buffer);

    pthread_mutex_init(&buffer->lock, NULL);
    buffer->room = (int)strlen(text) + 16;
    buffer->chars = malloc((size_t)buffer->room);
    append(buffer, text);
    return buffer;
}

static void *rewrite(void *unused)
{
    (void)unused;
#ifdef FIXED
    pthread_mutex_lock(&whole_append);
#endif
    erase(shared, 0, 3);
    append(shared, "abc");
#ifdef FIXED
    pthread_mutex_unlock(&whole_append);
#endif
    return NULL;
}

int main(void)
{
    struct buffer *copy;
    pthread_t rewriter;

    shared = make("abc");
    pthread_create(&rewriter, NULL, rewrite, NULL);
    copy = make("");
#ifdef FIXED
    pthread_mutex_lock(&whole_append);
#endif
    append_buffer(copy, shared);
#ifdef FIXED
    pthread_mutex_unlock(&whole_append);
#endif
    pthread_join(rewriter, NULL);
    return 0;
}
