#include "report/sarif_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- text --------------------------------------------------------------------------- */

/* "{0}" would be an argument, "[a](b)" a link. */
json_t *hz_sarif_message(struct hz_arena *arena, const char *text)
{
    text = text != NULL ? text : "";
    char *literal = hz_alloc(arena, 2 * strlen(text) + 1), *end = literal;
    for (; *text != '\0'; text++) {
        *end++ = *text;
        if (*text == '{' || *text == '}')
            *end++ = *text;
        else if (text[0] == ']' && text[1] == '(')
            *end++ = ' ';
    }
    return json_pack("{s:o}", "text", hz_json_text(literal));
}

/* How long the address is that begins there; 0: none does. An offset ("+0x1000") is none. */
static size_t address_at(const char *text, const char *at)
{
    bool begins = strncmp(at, "0x", 2) == 0 && (at == text || strchr(" (\"'", at[-1]) != NULL);
    size_t digits = begins ? strspn(at + 2, "0123456789abcdefABCDEF") : 0;
    return digits >= 4 ? digits + 2 : 0;
}

const char *hz_sarif_headline(struct hz_arena *arena, const char *text)
{
    text = text != NULL ? text : "";
    char *out = hz_alloc(arena, strlen(text) + 1), *end = out;
    for (const char *at = text; *at != '\0';) {
        size_t length = address_at(text, at);
        bool beside = length != 0 && end - out > 2 && strncmp(end - 2, " (", 2) == 0;
        if (beside && at[length] == ')') { /* what has a name needs none */
            end -= 2;
            at += length + 1;
        } else if (length != 0) {
            end = stpcpy(end, "0x…");
            at += length;
        } else {
            *end++ = *at++;
        }
    }
    return out;
}

const char *hz_sarif_party_text(struct hz_arena *arena, const struct hz_party *party)
{
    const char *name = party->name != NULL ? hz_printf(arena, " \"%s\"", party->name) : "";
    return hz_printf(arena, "%s%s%s%s", party->id != NULL ? party->id : "a thread", name,
                     party->role != NULL ? ": " : "", party->role != NULL ? party->role : "");
}

/* ---- paths -------------------------------------------------------------------------- */

const char *hz_sarif_plain(struct hz_arena *arena, const char *path)
{
    HZ_VEC(const char *) kept = {0};
    bool absolute = *path == '/';
    char *rest, *copy = hz_dup(arena, path);
    for (char *part = strtok_r(copy, "/", &rest); part; part = strtok_r(NULL, "/", &rest)) {
        bool up = strcmp(part, "..") == 0;
        bool at_top = kept.n == 0 || strcmp(kept.at[kept.n - 1], "..") == 0;
        if (up && !at_top)
            kept.n--;
        else if (strcmp(part, ".") != 0 && !(up && absolute)) /* "/.." is "/" */
            *hz_push(arena, &kept) = part;
    }
    char *out = hz_alloc(arena, strlen(path) + 1), *end = stpcpy(out, absolute ? "/" : "");
    for (size_t i = 0; i < kept.n; i++)
        end = stpcpy(stpcpy(end, i != 0 ? "/" : ""), kept.at[i]);
    return out;
}

const char *hz_sarif_name(const char *file)
{
    const char *slash = strrchr(file, '/');
    return slash != NULL ? slash + 1 : file;
}

/* The path from the root, if that is where it leads and a file is there. */
static const char *there(const struct hz_sarif *sarif, const char *path)
{
    size_t length = strlen(sarif->root);
    struct stat about;
    if (*path != '/')
        path = hz_printf(sarif->arena, "%s/%s", sarif->root, path);
    path = hz_sarif_plain(sarif->arena, path);
    bool below = strncmp(path, sarif->root, length) == 0 && path[length] == '/';
    return below && stat(path, &about) == 0 && S_ISREG(about.st_mode) ? path + length + 1 : NULL;
}

/* The root may be known by another name, by a symbolic link. */
static const char *there_in_truth(const struct hz_sarif *sarif, const char *file)
{
    char *truth = realpath(file, NULL);
    const char *path = truth != NULL ? there(sarif, hz_dup(sarif->arena, truth)) : NULL;
    free(truth);
    return path;
}

/* Of the corpus, wherever it was built. */
static const char *there_in_corpus(const struct hz_sarif *sarif, const char *file)
{
    const char *name = hz_catalog_name(file);
    return name != NULL ? there(sarif, name) : NULL;
}

const char *hz_sarif_path(const struct hz_sarif *sarif, const char *file)
{
    if (sarif->root == NULL)
        return NULL;
    const char *path = there(sarif, file);
    if (path == NULL && *file == '/')
        path = there_in_truth(sarif, file);
    return path == NULL && sarif->catalog != NULL ? there_in_corpus(sarif, file) : path;
}

/* ---- URIs --------------------------------------------------------------------------- */

static bool unreserved(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || strchr("-._~/", byte) != NULL;
}

/* A path as RFC 3986 has it: all else is %XX, the colon too, which would end a scheme. */
static const char *escaped(struct hz_arena *arena, const char *path)
{
    char *out = hz_alloc(arena, 3 * strlen(path) + 1), *end = out;
    for (; *path != '\0'; path++) {
        if (unreserved(*path))
            *end++ = *path;
        else
            end += sprintf(end, "%%%02X", (unsigned char)*path);
    }
    return out;
}

const char *hz_sarif_uri(struct hz_arena *arena, const char *folder)
{
    const char *path = escaped(arena, hz_sarif_plain(arena, folder));
    return hz_printf(arena, "file://%s%s", path, strcmp(path, "/") == 0 ? "" : "/");
}

static json_t *artifact(const struct hz_sarif *sarif, const char *file)
{
    const char *path = hz_sarif_path(sarif, file);
    if (path != NULL)
        return json_pack("{s:s, s:s}", "uri", escaped(sarif->arena, path), "uriBaseId", "SRCROOT");
    path = escaped(sarif->arena, hz_sarif_plain(sarif->arena, file));
    return json_pack("{s:s}", "uri",
                     hz_printf(sarif->arena, "%s%s", *path == '/' ? "file://" : "", path));
}

/* ---- places ------------------------------------------------------------------------- */

static bool has_line(const struct hz_frame *frame)
{
    return frame->file != NULL && frame->line > 0;
}

static bool is_own(const struct hz_sarif *sarif, const struct hz_frame *frame)
{
    return has_line(frame) && hz_sarif_path(sarif, frame->file) != NULL;
}

bool hz_sarif_placed(const struct hz_sarif *sarif, const struct hz_frame *frame)
{
    return has_line(frame) && (*frame->file == '/' || is_own(sarif, frame));
}

const struct hz_frame *hz_sarif_party_place(const struct hz_sarif *sarif,
                                            const struct hz_party *party)
{
    const struct hz_frame *place = NULL;
    for (size_t i = 0; i < party->stack.n; i++) {
        const struct hz_frame *frame = &party->stack.at[i];
        if (is_own(sarif, frame))
            return frame;
        if (place == NULL && hz_sarif_placed(sarif, frame))
            place = frame;
    }
    return place;
}

static void put_logical(json_t *list, const char *name, const char *kind)
{
    if (name != NULL)
        json_array_append_new(
            list, json_pack("{s:o, s:s}", "fullyQualifiedName", hz_json_text(name), "kind", kind));
}

json_t *hz_sarif_location(const struct hz_sarif *sarif, const struct hz_frame *frame,
                          const char *message)
{
    json_t *object = json_object(), *logical = json_array();
    bool placed = hz_sarif_placed(sarif, frame);
    if (placed)
        json_object_set_new(object, "physicalLocation",
                            json_pack("{s:o, s:{s:i}}", "artifactLocation",
                                      artifact(sarif, frame->file), "region", "startLine",
                                      frame->line));
    else if (has_line(frame))
        message = hz_printf(sarif->arena, "%s%s%s:%d, which is not below the source root",
                            message != NULL ? message : "", message != NULL ? "; " : "",
                            hz_sarif_plain(sarif->arena, frame->file), frame->line);
    put_logical(logical, frame->function, "function");
    put_logical(logical, placed ? NULL : frame->module, "module");
    if (json_array_size(logical) != 0)
        json_object_set(object, "logicalLocations", logical);
    json_decref(logical);
    if (message != NULL)
        json_object_set_new(object, "message", hz_sarif_message(sarif->arena, message));
    return object;
}

/* ---- the program -------------------------------------------------------------------- */

/* The first file with code that is no library; NULL if none is known. */
static const char *module_of(const struct hz_finding *finding)
{
    for (size_t i = 0; i < finding->parties.n; i++) {
        const struct hz_party *party = &finding->parties.at[i];
        for (size_t k = 0; k < party->stack.n; k++) {
            const char *module = party->stack.at[k].module;
            if (module != NULL && strstr(hz_sarif_name(module), ".so") == NULL)
                return module;
        }
    }
    return NULL;
}

const char *hz_sarif_program(const struct hz_sarif *sarif, const struct hz_run *run,
                             const struct hz_finding *finding)
{
    if (run->judged)
        return hz_printf(sarif->arena, "%s/%s.c", run->variant == HZ_BUGGY ? "scenarios" : "fixed",
                         run->pair);
    const char *module = strncmp(run->pair, "pid ", 4) == 0 ? module_of(finding) : NULL;
    return module != NULL ? module : run->pair;
}

json_t *hz_sarif_program_location(const struct hz_sarif_case *shown)
{
    const char *file = hz_sarif_program(shown->sarif, shown->run, shown->finding);
    return json_pack("{s:{s:o}, s:o}", "physicalLocation", "artifactLocation",
                     artifact(shown->sarif, file), "message",
                     hz_sarif_message(shown->sarif->arena, "its place is not known"));
}
