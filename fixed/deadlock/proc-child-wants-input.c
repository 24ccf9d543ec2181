/*
 * The program closes the pipe after the last word and waits then. The close is what tells
 * wc that it has seen everything.
 *
 * @repairs  deadlock/input-kept-open
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const char text[] = "A pipe ends when its last write end is closed,\n"
                           "and not when nobody has anything to say.\n";
#define WORDS 18

static void die(const char *what)
{
    perror(what);
    exit(2);
}

/* Starts `wc -w` with `in` as its standard input and `out` as its standard output. */
static pid_t start_wc(int in[2], int out[2])
{
    pid_t child = fork();
    if (child == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        close(in[0]);
        close(in[1]);
        close(out[0]);
        close(out[1]);
        execlp("wc", "wc", "-w", (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    return child;
}

int main(void)
{
    int in[2], out[2];
    if (pipe(in) != 0 || pipe(out) != 0)
        die("pipe");
    pid_t child = start_wc(in, out);

    if (write(in[1], text, sizeof text - 1) != sizeof text - 1)
        die("write");
    close(in[1]); /* FIX: the end of the input, before we wait */
    waitpid(child, NULL, 0);

    char answer[32] = "";
    if (read(out[0], answer, sizeof answer - 1) < 0)
        die("read");
    if (atoi(answer) != WORDS) {
        fprintf(stderr, "wc counted %d words, not %d\n", atoi(answer), WORDS);
        return 1;
    }
    return 0;
}
