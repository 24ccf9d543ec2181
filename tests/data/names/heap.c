/* What pointers lead to. */
#include "say.h"

#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>

struct conn {
    int id;
    pthread_mutex_t lock;
    struct conn *next;
};
struct table {
    long n;
    struct conn buckets[8];
};
struct list {
    int n;
    struct conn items[];
};
struct table *table;
struct conn *conns[4];
struct {
    int n;
    struct conn *all;
} server;
pthread_mutex_t *alone;
struct list *list;
struct deep {
    long n;
    struct conn *all;
} *deep;
struct conn *first;
char *bytes;
void *nothing;
struct conn *shared;
uintptr_t secret[3]; /* what nobody can follow */

static void *make(size_t size)
{
    void *block = calloc(1, size);
    if (block == NULL)
        abort();
    return block;
}

__attribute__((noinline)) static void serve(struct conn *conn, pthread_mutex_t *const *locks)
{
    int self = gettid();
    say_for(self, &conn->lock, "conn->lock in serve (heap %p)", (void *)&conn->lock);
    say(&conn->lock, "heap %p", (void *)&conn->lock);
    say_for(self, locks[1], "*locks[1] in main (heap %p)", (void *)locks[1]);
    said(1);
    while (!over)
        pause();
    __asm__ volatile("" ::"r"(conn), "r"(locks) : "memory");
}

int main(void)
{
    pthread_mutex_t *locks[2];
    table = make(sizeof *table);
    conns[2] = make(sizeof **conns);
    server.all = make(10 * sizeof *server.all);
    alone = make(sizeof *alone);
    list = make(sizeof *list + 5 * sizeof *list->items);
    first = make(sizeof *first);
    struct conn *behind = make(sizeof *behind);
    secret[0] = (uintptr_t)behind ^ (uintptr_t)0x5a5a5a5a5a;
    bytes = make(1000);
    nothing = make(64);
    say(&table->buckets[5].lock, "table->buckets[5].lock");
    say(&conns[2]->lock, "conns[2]->lock");
    say(&server.all[7].lock, "server.all[7].lock");
    say(alone, "*alone");
    say(&list->items[4].lock, "list->items[4].lock");
    deep = make(sizeof *deep);
    deep->all = make(4 * sizeof *deep->all);
    say(&deep->all[2].lock, "deep->all[2].lock");
    deep->all[3].next = make(sizeof(struct conn));
    say(&deep->all[3].next->lock, "heap %p", (void *)&deep->all[3].next->lock);
    say(&first->lock, "first->lock");
    say(&behind->lock, "heap %p", (void *)&behind->lock);
    say(bytes + 40, "heap %p", (void *)(bytes + 40));
    say(nothing, "heap %p", nothing);
    behind = NULL;
    shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    say(&shared->lock, "shared->lock (shared memory /dev/zero (deleted)+0x8)");
    say((char *)shared + 2000, "shared memory /dev/zero (deleted)+0x7d0");
    struct conn *conn = make(sizeof *conn);
    locks[1] = make(sizeof *locks[1]);
    serve(conn, locks);
    __asm__ volatile("" ::"r"(locks) : "memory");
}
