/*
 * trylock's answer is looked at: where the journal is busy the entry is dropped, and the
 * caller, who gets the answer, counts only what was recorded.
 *
 * @repairs  race/trylock-ignored
 * @explore  REQUESTS=2 ENTRY=2
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
    if (pthread_mutex_trylock(&journal_lock) != 0) /* FIX: busy: touch nothing */
        return false;
    for (int i = 0; i < ENTRY; i++)
        entry[i] = (char)('a' + client);
    if (write(journal, entry, ENTRY) != ENTRY)
        perror("write");
    pthread_mutex_unlock(&journal_lock);
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
