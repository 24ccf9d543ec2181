/*
 * Both ways go through the gate now. Two moves can no longer overlap, so neither
 * can hold a room that the other waits for, in whatever order the rooms are
 * locked.
 *
 * @repairs  deadlock/gate-forgotten
 * @expect   tsan=false-alarm helgrind=false-alarm
 * @why      tsan,helgrind: their lock-order graph has an edge for each pair of locks held together
 *           and does not know that a third lock, held around both, keeps the orders apart
 * @explore  MOVES=2 LINES=3
 */
#include <pthread.h>
#include <stdio.h>

#define MOVES 20000
#define LINES 1000

struct room {
    pthread_mutex_t lock;
    int users;
    int words[LINES]; /* in each of the last lines said here */
};

static struct room lobby = {PTHREAD_MUTEX_INITIALIZER, MOVES, {3, 5, 2}};
static struct room games = {PTHREAD_MUTEX_INITIALIZER, MOVES, {4, 1}};

static pthread_barrier_t opening;

/* Only one user changes rooms at a time. */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

/* Moves one user, who first reads to the end what was said in the room that he leaves. */
static void move(struct room *from, struct room *to)
{
    long words = 0;
    pthread_mutex_lock(&from->lock);
    for (int i = 0; i < LINES; i++)
        words += from->words[i];
    pthread_mutex_lock(&to->lock);
    from->users--;
    to->users++;
    to->words[0] = (int)(words % 10);
    pthread_mutex_unlock(&to->lock);
    pthread_mutex_unlock(&from->lock);
}

static void enter_game(void)
{
    pthread_mutex_lock(&gate);
    move(&lobby, &games);
    pthread_mutex_unlock(&gate);
}

static void leave_game(void)
{
    pthread_mutex_lock(&gate); /* FIX: through the gate, as on the way in */
    move(&games, &lobby);
    pthread_mutex_unlock(&gate);
}

static void *arrivals(void *arg)
{
    (void)arg;
    pthread_barrier_wait(&opening);
    for (int i = 0; i < MOVES; i++)
        enter_game();
    return NULL;
}

static void *departures(void *arg)
{
    (void)arg;
    pthread_barrier_wait(&opening);
    for (int i = 0; i < MOVES; i++)
        leave_game();
    return NULL;
}

int main(void)
{
    pthread_t in, out;

    /* A greeter visits both rooms before the doors open. */
    enter_game();
    leave_game();

    pthread_barrier_init(&opening, NULL, 2);
    pthread_create(&in, NULL, arrivals, NULL);
    pthread_create(&out, NULL, departures, NULL);
    pthread_join(in, NULL);
    pthread_join(out, NULL);

    if (lobby.users != MOVES || games.users != MOVES) {
        fprintf(stderr, "%d users in the lobby, %d in the game room, instead of %d each\n",
                lobby.users, games.users, MOVES);
        return 1;
    }
    return 0;
}
