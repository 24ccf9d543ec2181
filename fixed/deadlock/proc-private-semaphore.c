/*
 * The semaphores are made for use between processes. A post then wakes the player who
 * sleeps on it, in whichever process.
 *
 * @repairs  deadlock/semaphore-not-shared
 * @expect   helgrind=false-alarm drd=false-alarm
 * @why      helgrind,drd: they count the posts of one process only, and these come from the
 *           other: a wait that goes on without a post before it is a misuse to them
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
    int shared = 1; /* FIX: the players are two processes */
    sem_init(&game->white_to_move, shared, 1);
    sem_init(&game->black_to_move, shared, 0);
    return game;
}

/* Makes its moves; `parity` is that of the number of moves made before each of them. */
static int play(struct game *game, sem_t *mine, sem_t *other, int parity)
{
    int wrong = 0;
    for (int i = 0; i < MOVES; i++) {
        sem_wait(mine);
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
