/* Variables that are always at the same address. */
#include "say.h"

#include <pthread.h>
#include <semaphore.h>
#include <threads.h>

struct account {
    long balance;
    pthread_mutex_t lock;
    int audit[2][3];
};
struct account accounts[8];
static struct account hidden[4];
static pthread_mutex_t grid[3][4];
typedef pthread_mutex_t own_lock;
static const own_lock named;
static pthread_cond_t conditions[2];
static _Atomic int turn;
static mtx_t standard;
static struct {
    char letter;
    long number;
} gap;
static union {
    long number;
    struct {
        char bytes[32];
    } raw;
    struct {
        long id;
        pthread_rwlock_t lock;
    } guarded;
} either;
static struct {
    int a;
    struct {
        sem_t ready;
    };
    union {
        int number;
        pthread_spinlock_t spin;
    };
    char mark[0];
    pthread_barrier_t barrier;
} nested;
static char large[1 << 20];
extern struct account lent[2];
const void *lent_hidden(void);

__attribute__((noinline)) static void count(void)
{
    static pthread_mutex_t own[2];
    say(&own[1], "own[1] in count");
    {
        static long own_too;
        say(&own_too, "own_too in count");
    }
}

int main(void)
{
    say(&accounts[3].lock, "accounts[3].lock");
    say((char *)&accounts[2].lock + 8, "accounts[2].lock");
    say(&accounts[1].audit[1][2], "accounts[1].audit[1][2]");
    say((char *)&accounts[1].audit[1][2] + 1, "accounts[1].audit[1][2]+0x1");
    say(&accounts, "accounts[0].balance");
    say(&hidden[1].lock, "hidden[1].lock");
    say(&grid[2][1], "grid[2][1]");
    say(&conditions[1], "conditions[1]");
    say((char *)&conditions[1] + 40, "conditions[1]");
    say(&turn, "turn");
    say(&standard, "standard");
    say(&gap.letter + 1, "gap+0x1");
    say(&gap.number, "gap.number");
    say(&either.guarded.lock, "either.guarded.lock");
    say(&either.number, "either.number");
    say(&nested.ready, "nested.ready");
    say((int *)&nested.spin, "nested.spin");
    say(&nested.barrier, "nested.barrier");
    say(&large[1 << 19], "large[524288]");
    say((char *)&named + 8, "named+0x8"); /* not where anything is written: a symbol */
    say(&lent[1].lock, LENT);
    say(lent_hidden(), "kept[2].lock");
    count();
    said(1);
    while (!over)
        pause();
}
