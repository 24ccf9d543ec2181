/* --help, the man page and the completions, all from the two tables of options.h. */
#include "cli/options.h"

#include "config.h"
#include "report/text.h"

#include <string.h>

static const char *const exit_statuses[][2] = {
    {"0", "as expected (`run`, `watch`: nothing found)"},
    {"1", "a surprise in the matrix (`run`, `watch`: a hazard; `--against`: worse)"},
    {"2", "the command line or the corpus is wrong"},
    {"3", "a tool, or Hazmat itself, broke (`watch`: nothing could be watched)"},
    {"4", "nothing was selected"},
    {"130", "interrupted; what was done is kept"},
};
#define STATUSES (sizeof exit_statuses / sizeof *exit_statuses)

static const char *const environment[][2] = {
    {"NO_COLOR", "if set to anything, no colour unless --color always"},
    {"TMPDIR", "where programs of the corpus put files that they remove again"},
};
#define VARIABLES (sizeof environment / sizeof *environment)

void hz_help_all(FILE *out)
{
    struct hz_paper paper = hz_paper(out, "never");
    fputs("hazmat: how concurrent C breaks, and what catches it\n\nUsage: hazmat COMMAND [OPTIONS]"
          "\n\nCommands:\n", out);
    for (const struct hz_subcommand *command = hz_subcommands; command->name != NULL; ++command)
        fprintf(out, "  %-8s %s\n", command->name, command->summary);
    fputs("\nBegin with:\n  hazmat doctor                 what works here\n"
          "  hazmat check -k lost-update   one hazard under every detector\n"
          "  hazmat show race/lost-update  what it is about\n"
          "  hazmat diff race/lost-update  how it is repaired\n"
          "  hazmat run -- ./program       your own program under every detector\n"
          "  hazmat watch -- ./program     your own program, live\n\nExit status:\n", out);
    for (size_t i = 0; i < STATUSES; ++i)
        fprintf(out, "  %-4s %s\n", exit_statuses[i][0], exit_statuses[i][1]);
    fputc('\n', out);
    hz_folded(&paper, 0, "`hazmat COMMAND --help` tells more of each; `hazmat --version` the "
                         "version.");
}

static void print_option(FILE *out, const struct hz_paper *paper, const struct hz_option *option)
{
    fprintf(out, "  %c%c%c --%s%s%s\n", option->letter != 0 ? '-' : ' ',
            option->letter != 0 ? option->letter : ' ', option->letter != 0 ? ',' : ' ',
            option->name, option->argument != NULL ? " " : "",
            option->argument != NULL ? option->argument : "");
    hz_folded(paper, 10, option->help);
}

void hz_help_command(FILE *out, const struct hz_subcommand *command)
{
    struct hz_paper paper = hz_paper(out, "never");
    fprintf(out, "Usage: hazmat %s %s\n\n", command->name, command->usage);
    hz_folded(&paper, 0, command->text);
    fputs("\nExamples:\n", out);
    for (const char *line = command->examples; *line != '\0';) {
        int length = (int)strcspn(line, "\n");
        fprintf(out, "  %.*s\n", length, line);
        line += length + (line[length] == '\n');
    }
    fputs("\nOptions:\n", out);
    for (const struct hz_option *option = hz_options; option->name != NULL; ++option) {
        if (hz_option_of(command, option))
            print_option(out, &paper, option);
    }
    fputs("\nExit status:\n", out);
    for (size_t i = 0; i < STATUSES; ++i)
        fprintf(out, "  %-4s %s\n", exit_statuses[i][0], exit_statuses[i][1]);
}

/* ---- the man page ---- */

/* A line of text for troff: backslashes and hyphens escaped, no leading dot or quote. */
static void roff(FILE *out, const char *text, size_t length)
{
    if (length != 0 && (text[0] == '.' || text[0] == '\''))
        fputs("\\&", out);
    for (size_t i = 0; i < length; ++i) {
        if (text[i] == '\\')
            fputs("\\e", out);
        else if (text[i] == '-')
            fputs("\\-", out);
        else
            fputc(text[i], out);
    }
}

static void roff_line(FILE *out, const char *text)
{
    roff(out, text, strlen(text));
    fputc('\n', out);
}

static void man_option(FILE *out, const struct hz_option *option)
{
    fputs(".TP\n", out);
    if (option->letter != 0)
        fprintf(out, "\\fB\\-%c\\fR, ", option->letter);
    fputs("\\fB\\-\\-", out);
    roff(out, option->name, strlen(option->name));
    fprintf(out, "\\fR%s%s%s\n", option->argument != NULL ? " \\fI" : "",
            option->argument != NULL ? option->argument : "",
            option->argument != NULL ? "\\fR" : "");
    roff_line(out, option->help);
}

static void man_command(FILE *out, const struct hz_subcommand *command)
{
    fprintf(out, ".SS \"hazmat %s ", command->name);
    roff(out, command->usage, strlen(command->usage));
    fputs("\"\n", out);
    roff_line(out, command->text);
    fputs(".PP\n.nf\n", out);
    for (const char *line = command->examples; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        fputs("    ", out);
        roff(out, line, length);
        fputc('\n', out);
        line += length + (line[length] == '\n');
    }
    fputs(".fi\n", out);
    for (const struct hz_option *option = hz_options; option->name != NULL; ++option) {
        if (hz_option_of(command, option))
            man_option(out, option);
    }
}

static void man_table(FILE *out, const char *title, const char *const (*rows)[2], size_t n)
{
    fprintf(out, ".SH %s\n", title);
    for (size_t i = 0; i < n; ++i) {
        fprintf(out, ".TP\n\\fB%s\\fR\n", rows[i][0]);
        roff_line(out, rows[i][1]);
    }
}

void hz_generate_man(FILE *out)
{
    fprintf(out, ".TH HAZMAT 1 \"\" \"hazmat %s\" \"User Commands\"\n", HZ_VERSION);
    fputs(".SH NAME\nhazmat \\- how concurrent C breaks, and what catches it\n.SH SYNOPSIS\n"
          ".B hazmat\n\\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n.SH DESCRIPTION\n"
          "Hazmat is the hazard matrix: pairs of small C programs, one with a race, a deadlock or "
          "a starvation in it and one without, and a harness that runs them (and programs of your "
          "own) under ThreadSanitizer, Helgrind, DRD and a live watchdog, and judges what each "
          "reports against the truth written in the source.\n.SH COMMANDS\n", out);
    for (const struct hz_subcommand *command = hz_subcommands; command->name != NULL; ++command)
        man_command(out, command);
    man_table(out, "EXIT STATUS", exit_statuses, STATUSES);
    man_table(out, "ENVIRONMENT", environment, VARIABLES);
    fputs(".SH SEE ALSO\n.BR valgrind (1),\n.BR clang (1),\n.BR pthreads (7)\n", out);
}

/* ---- completions ---- */

void hz_generate_bash(FILE *out)
{
    fputs("# bash completion for hazmat; made by `hazmat --generate bash`\n"
          "_hazmat() {\n    local current=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]}\n"
          "    local words\n    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        words='", out);
    for (const struct hz_subcommand *command = hz_subcommands; command->name != NULL; ++command)
        fprintf(out, "%s ", command->name);
    fputs("--help --version'\n    else\n        case $command in\n", out);
    for (const struct hz_subcommand *command = hz_subcommands; command->name != NULL; ++command) {
        fprintf(out, "        %s) words='", command->name);
        for (const struct hz_option *option = hz_options; option->name != NULL; ++option) {
            if (hz_option_of(command, option))
                fprintf(out, "--%s ", option->name);
        }
        fputs("' ;;\n", out);
    }
    fputs("        esac\n        case $command in\n"
          "        show | diff) words=\"$words $(hazmat list --color never 2>/dev/null | "
          "awk '{print $1}')\" ;;\n        esac\n    fi\n"
          "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n}\n"
          "complete -o default -F _hazmat hazmat\n", out);
}

/* Text inside zsh's '…[…]' specifications. */
static void zsh_text(FILE *out, const char *text)
{
    for (; *text != '\0'; ++text) {
        if (*text == '\'')
            fputs("'\\''", out);
        else if (strchr("[]:", *text) != NULL)
            fprintf(out, "\\%c", *text);
        else
            fputc(*text, out);
    }
}

void hz_generate_zsh(FILE *out)
{
    fputs("#compdef hazmat\n# made by `hazmat --generate zsh`\n_hazmat() {\n"
          "  local -a commands\n  commands=(\n", out);
    for (const struct hz_subcommand *command = hz_subcommands; command->name != NULL; ++command) {
        fprintf(out, "    '%s:", command->name);
        zsh_text(out, command->summary);
        fputs("'\n", out);
    }
    fputs("  )\n  if (( CURRENT == 2 )); then\n    _describe command commands\n    return\n  fi\n"
          "  local command=$words[2]\n  shift words\n  (( CURRENT-- ))\n  case $command in\n", out);
    for (const struct hz_subcommand *command = hz_subcommands; command->name != NULL; ++command) {
        fprintf(out, "  %s) _arguments -S", command->name);
        for (const struct hz_option *option = hz_options; option->name != NULL; ++option) {
            if (!hz_option_of(command, option))
                continue;
            fprintf(out, " \\\n    '--%s[", option->name);
            zsh_text(out, option->help);
            fprintf(out, "]%s%s%s'", option->argument != NULL ? ":" : "",
                    option->argument != NULL ? option->argument : "",
                    option->argument != NULL ? ":_files" : "");
        }
        if (strcmp(command->name, "show") == 0 || strcmp(command->name, "diff") == 0)
            fputs(" \\\n    '*:pair:($(hazmat list --color never 2>/dev/null | awk \"{print "
                  "\\$1}\"))'", out);
        else
            fputs(" \\\n    '*:file:_files'", out);
        fputs(" ;;\n", out);
    }
    fputs("  esac\n}\n_hazmat \"$@\"\n", out);
}
