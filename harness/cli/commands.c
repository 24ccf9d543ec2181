#include "cli/options.h"

#define SELECTION "select class detector variant "
#define COMMON " corpus color help"

const struct hz_subcommand hz_subcommands[] = {
    {"check", "[OPTIONS]", "run every pair under every detector and judge what they report",
     "Runs the buggy program and the corrected twin of every pair under every detector, "
     "compares what each reports with the markers in the source, and prints the matrix, the "
     "scores and what was not as expected. The event stream is written to the results folder "
     "while it runs, so that nothing is lost when it is stopped; JUnit XML and an HTML page of "
     "all of it follow at the end.",
     "hazmat check                          the whole matrix\n"
     "hazmat check -k deadlock -d watchdog  one class under one detector\n"
     "hazmat check -k 'pipe and not queue'  by name, kind or concept\n"
     "hazmat check -k lost-update -n 20     rates over 20 runs\n"
     "hazmat check -c race --cpus 1         the same races on one processor",
     SELECTION "repeat jobs cpus fail-fast timeout results" COMMON, false, hz_check},
    {"list", "[OPTIONS]", "list the pairs",
     "One line a pair: its name, what kind of hazard it is, and its concepts.",
     "hazmat list                           all\n"
     "hazmat list -k daemon                 those about daemon processes",
     "select class" COMMON, false, hz_list},
    {"show", "PAIR", "explain one pair: its essay, the truth, what each detector said last",
     "Prints the essay of a pair, its marked lines, what is expected of each detector and why, "
     "and the last results. With --detector the findings of that one, as a compiler prints what it "
     "has against a line: the source line, a mark, and notes for the other threads and locks.",
     "hazmat show deadlock/transfer-meet\n"
     "hazmat show transfer-meet -d watchdog",
     "detector results" COMMON, false, hz_show},
    {"diff", "PAIR", "show buggy and fixed side by side",
     "The two programs of a pair, aligned, side by side where the terminal has 120 columns and "
     "one above the other where it has not, with changed lines and markers coloured, and beneath "
     "each line which detectors reported what of it in the last run.",
     "hazmat diff race/lost-update\n"
     "hazmat diff race/lost-update --width 160 --color always | less -R",
     "results corpus color width help", false, hz_diff_pair},
    {"run", "[OPTIONS] -- PROGRAM [ARGS]", "watch a program of your own under every detector",
     "Runs any program under the same detectors and prints their findings merged: what two "
     "detectors report at the same lines is one finding. `tsan` takes part where the program was "
     "built with -fsanitize=thread; Helgrind and DRD take part where it was not. Build with -g "
     "(with clang and Valgrind 3.19: -gdwarf-4) so that lines have names.",
     "hazmat run -- ./server --once\n"
     "hazmat run -d watchdog -t 60 -- make test\n"
     "hazmat run --json found.jsonl -- ./a.out",
     "detector repeat jobs cpus timeout input json results color help", true, hz_run_program},
    {"watch", "[OPTIONS] -- PROGRAM [ARGS]", "watch a program live: deadlocks as they happen",
     "Runs a program as if it were called by itself, with its own input, output and terminal, and "
     "tells of deadlocks, of threads that starve and of misused locks at the moment when they "
     "happen: who waits for what, since when, held by whom and taken where. Any program, of any "
     "number of processes, without building it again; with -g lines have names. The report goes "
     "to standard error. Ctrl-C reaches the program as ever; a second one ends it. With --pid a "
     "process that runs already is watched from outside: nothing is loaded into it, so lock "
     "orders, starvation and misuse are not seen, and Ctrl-C ends the watching alone.",
     "hazmat watch -- ./server --port 80     until it ends or hangs\n"
     "hazmat watch --propagate -- make test  in CI: a hang ends, and is explained\n"
     "hazmat watch --pid 4711                why does this process hang?\n"
     "hazmat watch --dot wait.dot -- ./a.out; dot -Tsvg -O wait.dot\n"
     "hazmat watch --on-deadlock abort -- ./a.out   a core dump, for gdb\n"
     "hazmat watch --stats -- ./a.out        which lock is it that all wait for?\n"
     "hazmat watch -q -o hazards.txt --json found.jsonl -- ./a.out",
     "pid on-deadlock propagate quiet timeout output json dot bypass bypass-seconds hold-seconds "
     "retries stranded-seconds zombies stats color help", true, hz_watch_program},
    {"explore", "[OPTIONS] -- PROGRAM [ARGS]", "run a program in every order that its threads allow",
     "Runs a program that `hazmat cc` has built again and again, and decides at every step which "
     "thread goes on, until an order breaks it (a wrong exit status, a failed assertion, a crash, "
     "a use after free, a deadlock, a wait that nobody can end, a livelock, a data race), until "
     "every order has been tried, or until the budget is spent. What it finds is made as short as "
     "it goes and left as a schedule, which `hazmat replay` runs again. The program's time is "
     "logical: sleeping takes none.",
     "hazmat explore -- ./bank 3             the default: ten seconds of everything\n"
     "hazmat explore --strategy dpor --budget 60s -- ./queue   a proof, if it ends\n"
     "hazmat explore --memory tso -- ./lock  as on x86: writes are seen late\n"
     "hazmat explore --print -- ./bank       and the order that broke it, in columns",
     "strategy budget memory seed campaigns depth preemptions max-steps spurious keep-going "
     "no-races mode print quiet "
     "report-only output json color help", true, hz_explore_program_of},
    {"replay", "[OPTIONS] SCHEDULE [-- gdb]", "run a schedule that `hazmat explore` has found",
     "Runs the program that the schedule was found with, in exactly that order. With -- and a "
     "debugger the program runs in it, each of its threads a real one unless --mode says otherwise, "
     "and stops where it goes wrong, or at --step.",
     "hazmat replay bank.schedule --print    step by step, a column for each thread\n"
     "hazmat replay -n 1000 bank.schedule    does it fail each time?\n"
     "hazmat replay bank.schedule -- gdb     in the debugger, where it goes wrong",
     "print step repeat no-races mode quiet width color help", false, hz_replay_schedule},
    {"cc", "[CLANG OPTIONS] FILES", "compile a C program for the explorer",
     "clang, told to build for `hazmat explore`: takes all of clang's options, compiles and links, "
     "one file or a whole project. The program also runs by itself, as ever.",
     "hazmat cc -pthread bank.c -o bank\n"
     "make CC=\"hazmat cc\"                  a project", "", true, hz_compile_c},
    {"c++", "[CLANG OPTIONS] FILES", "compile a C++ program for the explorer",
     "clang++, told to build for `hazmat explore`; see `hazmat cc`.",
     "hazmat c++ -pthread queue.cc -o queue", "", true, hz_compile_cxx},
    {"report", "[STREAM...]", "make a report of an event stream without running anything",
     "Rebuilds any report from event streams (default: the last `hazmat check`). Several streams, "
     "of several machines say, are read as one. Lines that cannot be read are named and left "
     "out. SARIF has the findings for code review tools; files are named from the working folder, "
     "those of the corpus from the corpus, and its own hazards are suppressed. With --against it "
     "says what has changed since: verdicts and rates (beyond what chance explains), times, "
     "findings, and the environment. The exit status is then 1 if something is worse (a cell is not "
     "as expected that was, or a finding is new), 0 if nothing is, and 3 if that cannot be told, "
     "for a run broke or a stream cannot be read.",
     "hazmat report                         the last matrix again\n"
     "hazmat report -f html -o report.html  a page to look at, in any browser\n"
     "hazmat report -f junit -o junit.xml   for Jenkins or GitLab\n"
     "hazmat report -f sarif -o found.sarif found.jsonl   for code review\n"
     "hazmat report --against before.jsonl after.jsonl    a new tool, a fix: what has changed?\n"
     "hazmat report -f trace -o t.json      timelines, for ui.perfetto.dev\n"
     "hazmat report monday.jsonl friday.jsonl",
     "format against output results corpus color help", false, hz_report},
    {"doctor", "", "say which detectors can be used here, and how to repair those that cannot",
     "Asks every tool for its version and whether it works, and prints the command that repairs "
     "what is missing.",
     "hazmat doctor", "color help", false, hz_doctor},
    {0},
};
