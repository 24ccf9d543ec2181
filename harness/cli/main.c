#include "cli/options.h"

#include "config.h"

#include <locale.h>
#include <string.h>

static int generate(const char *what)
{
    static const struct {
        const char *name;
        void (*print)(FILE *out);
    } generators[] = {
        {"man", hz_generate_man}, {"bash", hz_generate_bash}, {"zsh", hz_generate_zsh}};
    for (size_t i = 0; i < sizeof generators / sizeof *generators; ++i) {
        if (strcmp(what, generators[i].name) == 0) {
            generators[i].print(stdout);
            return HZ_EXIT_FINE;
        }
    }
    fprintf(stderr, "hazmat: --generate takes man, bash or zsh, not \"%s\"\n", what);
    return HZ_EXIT_USAGE;
}

static int run_command(const struct hz_subcommand *command, int argc, char **argv)
{
    struct hz_arena arena;
    hz_arena_init(&arena);
    struct hz_settings settings;
    struct hz_error error;
    int status;
    if (!hz_options_parse(&arena, command, argc, argv, &settings, &error)) {
        fprintf(stderr, "hazmat %s: %s\n", command->name, error.text);
        status = HZ_EXIT_USAGE;
    } else if (settings.help) {
        hz_help_command(stdout, command);
        status = HZ_EXIT_FINE;
    } else {
        status = command->run(&arena, &settings);
    }
    hz_arena_free(&arena);
    return status;
}

static int dispatch(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
        hz_help_all(stdout);
        return HZ_EXIT_FINE;
    }
    if (strcmp(word, "--version") == 0) {
        puts("hazmat " HZ_VERSION);
        return HZ_EXIT_FINE;
    }
    if (strcmp(word, "--generate") == 0 && argc == 3)
        return generate(argv[2]);
    for (const struct hz_subcommand *command = hz_subcommands; command->name != NULL; ++command) {
        if (strcmp(word, command->name) == 0)
            return run_command(command, argc - 1, argv + 1);
    }
    if (argc > 1)
        fprintf(stderr, "hazmat: there is no command \"%s\"\n\n", word);
    hz_help_all(stderr);
    return HZ_EXIT_USAGE;
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    int status = dispatch(argc, argv);
    /* Output that could not be written (a full disk, say) is an error of ours. */
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("hazmat: standard output");
        return HZ_EXIT_BROKEN;
    }
    return status;
}
