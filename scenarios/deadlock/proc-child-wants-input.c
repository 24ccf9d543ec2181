/*
 * A program has the words of a text counted by the `wc` command. It writes the text to
 * the command's standard input and waits for it to end; the command waits for more
 * text, since the program has not closed the pipe.
 *
 * wc can print nothing before it has seen the last word, and which one is the last is
 * known only by the end of file. "I have written everything" is plain to who reads
 * the parent, and it is nothing that the child could see: a pipe ends when it is
 * closed, not when nobody writes. The user sees a program that stands still, with
 * a wc that does nothing.
 *
 * The twin closes the write end before it waits. popen() with pclose() would do too:
 * pclose() closes first and waits then.
 *
 * @hazard   deadlock/input-kept-open
 * @concept  program, process, pipe
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=blind
 * @why      tsan,helgrind,drd: one process waits for a child, the other one reads; neither
 *           has a lock or a second thread, and wc is not even run under them
 * @why      explorer: it follows one process, and ends where this program makes a second one
 * @see      pipe(7), waitpid(2), CWE-833
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
    waitpid(child, NULL, 0); /* HAZARD: wc waits for the end of its input, which we keep open */
    close(in[1]);

    char answer[32] = "";
    if (read(out[0], answer, sizeof answer - 1) < 0)
        die("read");
    if (atoi(answer) != WORDS) {
        fprintf(stderr, "wc counted %d words, not %d\n", atoi(answer), WORDS);
        return 1;
    }
    return 0;
}
