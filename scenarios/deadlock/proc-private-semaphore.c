/*
 * Two players take turns, and each wakes the other one with a semaphore in shared
 * memory. The semaphores were made for the threads of one process, so that a post
 * never wakes the player who sleeps in the other.
 *
 * The second argument of sem_init() says whether a semaphore is shared between
 * processes; it is 0 in nearly every example, because these use threads. Nothing
 * complains: the count is in shared memory and goes up and down as it should. Who
 * comes late finds it above zero and does not have to wait. Who comes early sleeps,
 * and the post that should wake it is looked for in the wrong process.
 *
 * The twin says 1. A named semaphore (sem_open) is always shared, and a byte sent
 * through a pipe would do as well.
 *
 * @hazard   deadlock/semaphore-not-shared
 * @concept  process, semaphore, shared-memory
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=blind
 * @why      tsan: in either process a semaphore is waited for and another one posted, which
 *           is right as far as one process goes
 * @why      helgrind,drd: of the hang they say nothing; in some runs they call a wait a misuse
 *           because no post of the same process came before it, as they do in the right program
 * @why      explorer: it follows one process, and ends where this program makes a second one
 * @see      sem_init(3), futex(2)
 */
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOVES 2000 /* of each player */

struct game {
    sem_t white_to_move, black_to_move;
    int moves;
};

static struct game *open_game(void)
{
    struct game *game =
        mmap(NULL, sizeof *game, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (game == MAP_FAILED) {
        perror("mmap");
        exit(2);
    }
    int shared = 0;
    sem_init(&game->white_to_move, shared, 1);
    sem_init(&game->black_to_move, shared, 0);
    return game;
}

/* Makes its moves; `parity` is that of the number of moves made before each of them. */
static int play(struct game *game, sem_t *mine, sem_t *other, int parity)
{
    int wrong = 0;
    for (int i = 0; i < MOVES; i++) {
        sem_wait(mine); /* HAZARD: the post comes from another process and wakes nobody */
        wrong += game->moves % 2 != parity;
        game->moves++;
        sem_post(other);
    }
    return wrong;
}

int main(void)
{
    struct game *game = open_game();

    pid_t black = fork();
    if (black == 0)
        _exit(play(game, &game->black_to_move, &game->white_to_move, 1) == 0 ? 0 : 1);

    int wrong = play(game, &game->white_to_move, &game->black_to_move, 0);
    int status;
    waitpid(black, &status, 0);
    if (wrong != 0 || status != 0 || game->moves != 2 * MOVES) {
        fprintf(stderr, "%d moves, and not always in turn\n", game->moves);
        return 1;
    }
    return 0;
}
