#include "cli/select.h"

#include <string.h>

struct expression {
    const char *at; /* what is not read yet */
    const struct hz_pair *pair;
    struct hz_error *error;
    bool wrong;
};

static bool either(struct expression *expression);

/* The next token, without taking it: a parenthesis, or all up to a blank or parenthesis. */
static size_t peek(struct expression *expression)
{
    expression->at += strspn(expression->at, " \t");
    if (*expression->at == '(' || *expression->at == ')')
        return 1;
    return strcspn(expression->at, " \t()");
}

static bool take(struct expression *expression, const char *token)
{
    size_t length = peek(expression);
    if (length != strlen(token) || strncmp(expression->at, token, length) != 0)
        return false;
    expression->at += length;
    return true;
}

/* Whether `text` has the word at the beginning of one of its parts: `lock` is not in `deadlock`. */
static bool has_part(const char *text, const char *word, size_t length)
{
    for (const char *at = text; *at != '\0'; ++at) {
        bool begins = at == text || at[-1] == '/' || at[-1] == '-';
        if (begins && strncmp(at, word, length) == 0)
            return true;
    }
    return false;
}

static bool matches(const struct hz_pair *pair, const char *word, size_t length)
{
    if (has_part(pair->id, word, length) || has_part(pair->kind, word, length))
        return true;
    for (size_t i = 0; i < pair->concepts.n; ++i) {
        if (strlen(pair->concepts.at[i]) == length &&
            strncmp(pair->concepts.at[i], word, length) == 0)
            return true;
    }
    return false;
}

static bool wrong(struct expression *expression, const char *what)
{
    if (!expression->wrong)
        hz_fail(expression->error, "-k: %s at \"%s\"", what, expression->at);
    expression->wrong = true;
    return false;
}

static bool negation(struct expression *expression)
{
    bool not = false;
    while (take(expression, "not"))
        not = !not;
    if (take(expression, "(")) {
        bool inside = either(expression);
        if (!take(expression, ")"))
            return wrong(expression, "a closing parenthesis is missing");
        return inside != not;
    }
    size_t length = peek(expression);
    if (length == 0 || *expression->at == ')')
        return wrong(expression, "a word is missing");
    bool found = matches(expression->pair, expression->at, length);
    expression->at += length;
    return found != not;
}

static bool both(struct expression *expression)
{
    bool all = negation(expression);
    while (!expression->wrong && take(expression, "and"))
        all &= negation(expression);
    return all;
}

static bool either(struct expression *expression)
{
    bool any = both(expression);
    while (!expression->wrong && take(expression, "or"))
        any |= both(expression);
    return any;
}

static bool selected(const struct hz_pair *pair, const char *text, bool *fine,
                     struct hz_error *error)
{
    struct expression expression = {text, pair, error, false};
    bool matched = either(&expression);
    if (!expression.wrong && peek(&expression) != 0)
        wrong(&expression, "`and` or `or` is missing");
    *fine = !expression.wrong;
    return matched;
}

static bool class_wanted(const struct hz_settings *settings, enum hz_class class)
{
    for (size_t i = 0; i < settings->classes.n; ++i) {
        if (strcmp(settings->classes.at[i], hz_class_name(class)) == 0)
            return true;
    }
    return settings->classes.n == 0;
}

bool hz_select(struct hz_arena *arena, const struct hz_catalog *catalog,
               const struct hz_settings *settings, hz_chosen *out, struct hz_error *error)
{
    for (size_t i = 0; i < catalog->pairs.n; ++i) {
        const struct hz_pair *pair = &catalog->pairs.at[i];
        bool fine = true;
        bool chosen = settings->select == NULL || selected(pair, settings->select, &fine, error);
        if (!fine)
            return false;
        if (chosen && class_wanted(settings, pair->class))
            *hz_push(arena, out) = pair;
    }
    return true;
}
