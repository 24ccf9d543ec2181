/*
 * A small file system: each thread takes an inode and looks for a free block for it, with a lock
 * for every inode and every block.
 *
 * Bug: N threads take inodes by number, but there are locks for BLOCKS inodes only: with one
 * thread more than that the lock that is taken lies behind the end of the table.
 *
 * Follows fsbench_bad of SCTBench (PPoPP 2014), N = 27; the file system is Flanagan and
 * Godefroid's (POPL 2005). It fails in every schedule in which the last thread runs.
 */
#include <assert.h>
#include <pthread.h>
#include <stddef.h>

#ifdef FIXED
#undef N
#define N 26
#elif !defined N
#define N 27
#endif
#define BLOCKS 26
#define INODES 32

static pthread_mutex_t inode_locks[BLOCKS], block_locks[BLOCKS];
static int busy[BLOCKS], inodes[INODES];

static void *allocate(void *number)
{
    int inode = *(int *)number % INODES;

    assert(inode >= 0 && inode < BLOCKS);
    pthread_mutex_lock(&inode_locks[inode]);
    if (inodes[inode] == 0) {
        int block = inode * 2 % BLOCKS;

        for (int i = 0; i < BLOCKS / 2; i++) {
            pthread_mutex_lock(&block_locks[block]);
            if (!busy[block]) {
                busy[block] = 1;
                inodes[inode] = block + 1;
                pthread_mutex_unlock(&block_locks[block]);
                break;
            }
            pthread_mutex_unlock(&block_locks[block]);
            block = (block + 1) % BLOCKS;
        }
    }
    pthread_mutex_unlock(&inode_locks[inode]);
    return NULL;
}

int main(void)
{
    pthread_t threads[N];
    int numbers[N];

    for (int i = 0; i < BLOCKS; i++) {
        pthread_mutex_init(&inode_locks[i], NULL);
        pthread_mutex_init(&block_locks[i], NULL);
    }
    for (int i = 0; i < N; i++) {
        numbers[i] = i;
        pthread_create(&threads[i], NULL, allocate, &numbers[i]);
    }
    for (int i = 0; i < N; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
