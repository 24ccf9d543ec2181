#include "cli/home.h"
#include "cli/select.h"

#include "report/text.h"

#include <stdio.h>
#include <string.h>

static void print_pair(const struct hz_paper *paper, const struct hz_pair *pair)
{
    hz_inked(paper, HZ_BOLD, "%-36s", pair->id);
    fprintf(paper->file, " %-22s", pair->kind);
    for (size_t i = 0; i < pair->concepts.n; ++i)
        fprintf(paper->file, "%s%s", i != 0 ? ", " : " ", pair->concepts.at[i]);
    fputc('\n', paper->file);
}

int hz_list(struct hz_arena *arena, const struct hz_settings *settings)
{
    struct hz_place place;
    struct hz_catalog catalog;
    hz_chosen chosen = {0};
    struct hz_error error;
    if (settings->words_n != 0) {
        fprintf(stderr, "hazmat list: \"%s\" is no option; select pairs with -k\n",
                settings->words[0]);
        return HZ_EXIT_USAGE;
    }
    hz_place_find(arena, settings, &place);
    if (!hz_place_catalog(arena, &place, &catalog))
        return HZ_EXIT_USAGE;
    if (!hz_select(arena, &catalog, settings, &chosen, &error)) {
        fprintf(stderr, "hazmat list: %s\n", error.text);
        return HZ_EXIT_USAGE;
    }
    struct hz_paper paper = hz_paper(stdout, settings->color);
    for (size_t i = 0; i < chosen.n; ++i)
        print_pair(&paper, chosen.at[i]);
    if (chosen.n == 0)
        fprintf(stderr, "hazmat list: no pair is selected\n");
    return chosen.n != 0 ? HZ_EXIT_FINE : HZ_EXIT_NOTHING;
}
