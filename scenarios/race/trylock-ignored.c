/*
 * A journal's lock is taken with trylock, but nobody looks whether it was got: when
 * another thread is writing its entry, this one goes on beside it.
 *
 * Somebody wanted callers never to wait and changed lock to trylock. The answers of
 * lock and unlock are hardly ever looked at, so that of trylock is not missed. While
 * nobody competes it does the same. Under load two threads make their entries in the
 * same line, and each gives back a lock that may be the other's, which lets the next one
 * in as well. The user sees entries twice, none, or the halves of two in one line.
 *
 * The twin drops an entry where the journal is busy, and says so to its caller, who
 * counts it. Waiting with pthread_mutex_lock would keep every entry.
 *
 * @hazard   race/trylock-ignored
 * @concept  race, lock, thread, file
 * @expect   tsan=caught helgrind=caught drd=caught watchdog=caught explorer=caught
 * @also     misuse
 * @explore  REQUESTS=2 ENTRY=2
 * @see      CWE-252, CWE-667
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#define CLIENTS 2
#define REQUESTS 40000
#define ENTRY 16

static pthread_mutex_t journal_lock = PTHREAD_MUTEX_INITIALIZER;
static int journal;       /* file descriptor */
static char entry[ENTRY]; /* the one that is being made: the client's letter, repeated */

static bool record(int client)
{
    pthread_mutex_trylock(&journal_lock);
    for (int i = 0; i < ENTRY; i++)
        entry[i] = (char)('a' + client);       /* HAZARD: it may be the entry of another thread */
    if (write(journal, entry, ENTRY) != ENTRY) /* HAZARD: and what is written the other's */
        perror("write");
    pthread_mutex_unlock(&journal_lock); /* HAZARD: gives back what it may not have */
    return true;
}

struct client {
    int number;
    long recorded, found; /* entries that were recorded, and that are in the journal */
};

static void *serve(void *argument)
{
    struct client *client = argument;

    for (int request = 0; request < REQUESTS; request++)
        client->recorded += record(client->number);
    return NULL;
}

static int owner_of(const char *line)
{
    for (int i = 1; i < ENTRY; i++) {
        if (line[i] != line[0])
            return -1;
    }
    return line[0] - 'a';
}

int main(void)
{
    static struct client clients[CLIENTS] = {{0, 0, 0}, {1, 0, 0}};
    pthread_t threads[CLIENTS];
    FILE *file = tmpfile();
    char line[ENTRY];
    int wrong = 0;

    if (file == NULL)
        return 1;
    journal = fileno(file);
    for (int i = 0; i < CLIENTS; i++)
        pthread_create(&threads[i], NULL, serve, &clients[i]);
    for (int i = 0; i < CLIENTS; i++)
        pthread_join(threads[i], NULL);

    rewind(file);
    while (fread(line, ENTRY, 1, file) == 1) {
        int owner = owner_of(line);
        if (owner < 0)
            wrong++;
        else
            clients[owner].found++;
    }
    fclose(file);
    for (int i = 0; i < CLIENTS; i++)
        wrong += clients[i].found != clients[i].recorded;
    if (wrong > 0) {
        fprintf(stderr, "the journal does not hold what was recorded\n");
        return 1;
    }
    return 0;
}
