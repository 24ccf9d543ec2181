#include "cli/home.h"
#include "cli/watch.h"

#include "config.h"
#include "report/text.h"

#include <stdio.h>
#include <unistd.h>

static bool print_tool(const struct hz_paper *paper, const struct hz_tool *tool)
{
    const struct hz_probe *probe = &tool->probe;
    hz_inked(paper, probe->usable ? HZ_GREEN : HZ_RED, "%-8s", probe->usable ? "ok" : "MISSING");
    fprintf(paper->file, "%-10s %-12s %s\n", tool->detector->name,
            probe->version != NULL ? probe->version : "-", tool->detector->what);
    if (probe->problem != NULL)
        fprintf(paper->file, "        %s\n", probe->problem);
    if (probe->repair != NULL)
        fprintf(paper->file, "        repair it with: %s\n", probe->repair);
    return probe->usable;
}

static bool print_folder(const struct hz_paper *paper, const char *what, const char *path,
                         int mode, const char *repair)
{
    bool there = access(path, mode) == 0;
    hz_inked(paper, there ? HZ_GREEN : HZ_RED, "%-8s", there ? "ok" : "MISSING");
    fprintf(paper->file, "%-10s %s\n", what, path);
    if (!there)
        fprintf(paper->file, "        repair it with: %s\n", repair);
    return there;
}

/* What is missing here is no fault: `hazmat watch -- PROGRAM` does without. */
static void print_rights(const struct hz_paper *paper)
{
    int scope = hz_ptrace_scope();
    bool any = scope == 0 || (scope < 3 && geteuid() == 0), stacks = !hz_ptrace_denied();
    hz_inked(paper, any && stacks ? HZ_GREEN : HZ_YELLOW, "%-8s", any && stacks ? "ok" : "LIMITED");
    fprintf(paper->file, "%-10s %s\n", "watch",
            any ? "any process of yours, by --pid" : "only programs that it starts, not by --pid");
    if (!any)
        fprintf(paper->file, "        ptrace_scope is %d; repair it with: %s\n", scope,
                scope < 3 ? "sudo sysctl kernel.yama.ptrace_scope=0, or run hazmat as root"
                          : "a restart of the machine, with kernel.yama.ptrace_scope below 3");
    if (!stacks)
        fputs("        ptrace is forbidden here: findings come without stacks; in a container: "
              "--cap-add=SYS_PTRACE\n", paper->file);
}

int hz_doctor(struct hz_arena *arena, const struct hz_settings *settings)
{
    struct hz_place place;
    hz_tools tools = {0};
    if (settings->words_n != 0) {
        fprintf(stderr, "hazmat doctor: it takes no \"%s\"\n", settings->words[0]);
        return HZ_EXIT_USAGE;
    }
    hz_place_find(arena, settings, &place);
    hz_place_tools(arena, &place, settings, &tools);
    struct hz_paper paper = hz_paper(stdout, settings->color);
    bool fine = true;
    printf("hazmat %s, %s\n\n", HZ_VERSION, place.installed ? "installed" : "in its build tree");
    for (size_t i = 0; i < tools.n; ++i)
        fine &= print_tool(&paper, &tools.at[i]);
    putchar('\n');
    fine &= print_folder(&paper, "corpus", hz_printf(arena, "%s/scenarios", place.home.corpus),
                         R_OK, "name the folder that holds scenarios and fixed with --corpus DIR");
    fine &= print_folder(&paper, "programs", place.home.programs, R_OK | X_OK,
                         "cmake --build build --target corpus");
    print_rights(&paper);
    return fine ? HZ_EXIT_FINE : HZ_EXIT_BROKEN;
}
