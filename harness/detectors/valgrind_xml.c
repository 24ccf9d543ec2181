#include "detectors/valgrind_xml.h"

#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>

#define DEEPEST 12
#define TEXT_LIMIT 4096
#define PARTIES 32
#define CHUNK 65536

/* The elements that matter; what is not named here is OTHER and passed over. */
enum name {
    OTHER,
    ADDRESS_IP,
    ARGV,
    AUXWHAT,
    CONFL_WAIT,
    COUNT,
    DIR,
    ERROR,
    ERRORCOUNTS,
    EXE,
    FATAL_SIGNAL,
    FILE_NAME,
    FN,
    FRAME,
    HTHREADID,
    KIND,
    LINE,
    OBJ,
    PAIR,
    STACK,
    STATE,
    STATUS,
    TEXT,
    TID,
    UNIQUE,
    WHAT,
    XAUXWHAT,
    XWHAT
};

static const struct {
    const char *text;
    enum name name;
} names[] = {
    {"ip", ADDRESS_IP},   {"argv", ARGV},
    {"auxwhat", AUXWHAT}, {"confl_wait_call", CONFL_WAIT},
    {"count", COUNT},     {"dir", DIR},
    {"error", ERROR},     {"errorcounts", ERRORCOUNTS},
    {"exe", EXE},         {"fatal_signal", FATAL_SIGNAL},
    {"file", FILE_NAME},  {"fn", FN},
    {"frame", FRAME},     {"hthreadid", HTHREADID},
    {"kind", KIND},       {"line", LINE},
    {"obj", OBJ},         {"pair", PAIR},
    {"stack", STACK},     {"state", STATE},
    {"status", STATUS},   {"text", TEXT},
    {"tid", TID},         {"unique", UNIQUE},
    {"what", WHAT},       {"xauxwhat", XAUXWHAT},
    {"xwhat", XWHAT},
};

/* An <error> of which the end was not yet seen. */
struct error {
    const char *kind, *what, *tid, *thread;
    unsigned long unique;
    const char *about, *about_thread; /* the text that the next stack belongs to */
    const char *symbol;
    const char *function; /* of the tool's library, where the error arose */
    HZ_VEC(struct hz_party) parties;
    bool stacks; /* its first stack was seen: where it happened */
};

struct seen {
    unsigned long unique;
    size_t finding;
};

struct reader {
    struct hz_arena *arena;
    const char *detector;
    struct hz_valgrind_document *document;
    hz_findings *out;
    size_t first; /* index of this document's first finding */
    enum name path[DEEPEST];
    size_t depth;
    char text[TEXT_LIMIT];
    size_t length;
    const char *program; /* base name of what is run */
    struct error error;
    hz_stack stack;
    bool wrapped; /* the frame before was one of the tool's library */
    struct hz_frame frame;
    const char *folder;
    unsigned long pair_unique, pair_count;
    HZ_VEC(struct seen) seen;
};

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* The element that is `up` levels above the one that ends. */
static enum name above(const struct reader *reader, size_t up)
{
    return reader->depth > up && reader->depth <= DEEPEST ? reader->path[reader->depth - 1 - up]
                                                          : OTHER;
}

/* ---- stacks ---- */

/*
 * Frames of the tool's own library are left out: they stand between the program and
 * libc in most stacks, and where they have lines these would look like the place.
 */
static void end_frame(struct reader *reader)
{
    struct hz_frame *frame = &reader->frame;
    const char *object = frame->module != NULL ? base_name(frame->module) : "";
    bool wrapped = reader->wrapped;
    reader->wrapped = begins(object, "vgpreload_");
    if (wrapped && reader->path[1] == FATAL_SIGNAL && frame->function != NULL &&
        begins(frame->function, "thrd_create"))
        reader->document->tool_crashed = true;
    if (reader->wrapped) {
        if (reader->stack.n == 0 && !reader->error.stacks)
            reader->error.function = frame->function;
        return;
    }
    if (frame->file != NULL && reader->folder != NULL && frame->file[0] != '/')
        frame->file = hz_printf(reader->arena, "%s/%s", reader->folder, frame->file);
    /* The start-up code has a name and no line in any program. */
    if (reader->program != NULL && strcmp(object, reader->program) == 0 &&
        frame->function != NULL && strcmp(frame->function, "_start") != 0) {
        reader->document->program_frames = true;
        reader->document->program_lines = reader->document->program_lines || frame->line > 0;
    }
    if (reader->stack.n < HZ_VALGRIND_FRAMES)
        *hz_push(reader->arena, &reader->stack) = *frame;
}

/* "during read of size 8 at 0x…", "previous write of size 4 by", "Conflicting load by …" */
static const char *access_role(struct reader *reader, const char *text, bool previous)
{
    const char *size = strstr(text, " size ");
    bool reads = strstr(text, " read of ") != NULL || strstr(text, " load by ") != NULL;
    bool writes = strstr(text, " write of ") != NULL || strstr(text, " store by ") != NULL;
    if (size == NULL || reads == writes)
        return NULL;
    long bytes = strtol(size + strlen(" size "), NULL, 10);
    return hz_printf(reader->arena, "%s%s of %ld byte%s", previous ? "previous " : "",
                     reads ? "read" : "write", bytes, bytes == 1 ? "" : "s");
}

/* "Exiting thread still holds 1 lock" of "Thread #3: Exiting thread still holds 1 lock" */
static const char *without_thread(const char *text)
{
    if (!begins(text, "Thread #"))
        return text;
    const char *rest = text + strlen("Thread #");
    rest += strspn(rest, "0123456789");
    return begins(rest, ": ") ? rest + 2 : *rest == ' ' ? rest + 1 : text;
}

static const char *own_thread(struct reader *reader)
{
    const struct error *error = &reader->error;
    const char *by = error->what != NULL ? strstr(error->what, "by thread ") : NULL;
    if (error->thread != NULL)
        return hz_printf(reader->arena, "thread #%s", error->thread);
    if (by != NULL) /* DRD's own number, which it never gives to another thread */
        return hz_printf(reader->arena, "thread %ld", strtol(by + 10, NULL, 10));
    return error->tid != NULL ? hz_printf(reader->arena, "tid %s", error->tid) : NULL;
}

/* Whether the stack after this text is where somebody had a part in it. */
static bool takes_part(const char *about)
{
    static const char *const said[] = {
        "This conflicts with a previous ",  "Required order was established by ",
        "followed by a later acquisition ", "Observed (incorrect) order is",
        "Lock was previously acquired",
    };
    for (size_t i = 0; about != NULL && i < sizeof said / sizeof *said; i++)
        if (begins(about, said[i]))
            return true;
    return false;
}

static void add_party(struct reader *reader, const char *id, const char *role)
{
    if (reader->error.parties.n == PARTIES)
        return;
    struct hz_party *party = hz_push(reader->arena, &reader->error.parties);
    party->id = id;
    party->role = role;
    party->stack = reader->stack;
}

static void end_stack(struct reader *reader)
{
    struct error *error = &reader->error;
    const char *what = error->what != NULL ? error->what : "";
    if (above(reader, 1) == CONFL_WAIT) {
        add_party(reader, NULL, "waits with another mutex");
    } else if (above(reader, 1) == ERROR && !error->stacks) {
        const char *role = access_role(reader, what, false);
        add_party(reader, own_thread(reader), role != NULL ? role : without_thread(what));
        error->stacks = true;
    } else if (above(reader, 1) == ERROR && takes_part(error->about)) {
        const char *role = access_role(reader, error->about, true);
        add_party(reader,
                  error->about_thread != NULL
                      ? hz_printf(reader->arena, "thread #%s", error->about_thread)
                      : NULL,
                  role != NULL ? role : error->about);
    }
    error->about = NULL;
    error->about_thread = NULL;
}

/* ---- errors ---- */

/* "Address 0x10c030 is 0 bytes inside data symbol "counter"" */
static void take_symbol(struct reader *reader, const char *text)
{
    const char *name = strstr(text, "data symbol \"");
    const char *end = name != NULL ? strchr(name + 13, '"') : NULL;
    if (end != NULL)
        reader->error.symbol = hz_copy(reader->arena, name + 13, (size_t)(end - name) - 13);
}

static void end_error(struct reader *reader)
{
    struct error *error = &reader->error;
    struct hz_finding finding = {.detector = reader->detector, .times = 1};
    const char *what = error->what != NULL ? error->what : "";
    if (error->kind == NULL || reader->out->n - reader->first >= HZ_VALGRIND_FINDINGS ||
        !hz_valgrind_classify(error->kind, what, error->function, &finding))
        return;
    finding.summary =
        error->symbol != NULL ? hz_printf(reader->arena, "%s (%s)", what, error->symbol) : what;
    for (size_t i = 0; i < error->parties.n; i++)
        *hz_push(reader->arena, &finding.parties) = error->parties.at[i];
    *hz_push(reader->arena, &reader->seen) = (struct seen){error->unique, reader->out->n};
    *hz_push(reader->arena, reader->out) = finding;
}

/* The document's end tells how often each error came. */
static void end_pair(struct reader *reader)
{
    for (size_t i = 0; i < reader->seen.n; i++)
        if (reader->seen.at[i].unique == reader->pair_unique && reader->pair_count != 0)
            reader->out->at[reader->seen.at[i].finding].times = reader->pair_count;
}

static void add_what(struct reader *reader, const char *text)
{
    const char *before = reader->error.what;
    reader->error.what = before != NULL ? hz_printf(reader->arena, "%s %s", before, text) : text;
}

/* ---- elements ---- */

/* The text of an element that holds nothing else, by the element that it stands in. */
static void leaf_of_error(struct reader *reader, enum name name, enum name parent)
{
    struct error *error = &reader->error;
    const char *text = hz_copy(reader->arena, reader->text, reader->length);
    if (name == KIND)
        error->kind = text;
    else if (name == TID)
        error->tid = text;
    else if (name == UNIQUE)
        error->unique = strtoul(text, NULL, 16);
    else if (name == WHAT || (name == TEXT && parent == XWHAT))
        add_what(reader, text);
    else if (name == HTHREADID && parent == XWHAT && error->thread == NULL)
        error->thread = text;
    else if (name == HTHREADID && parent == XAUXWHAT)
        error->about_thread = text;
    else if (name == AUXWHAT || (name == TEXT && parent == XAUXWHAT))
        error->about = text;
    if (name == AUXWHAT)
        take_symbol(reader, text);
}

static void leaf_of_frame(struct reader *reader, enum name name)
{
    struct hz_frame *frame = &reader->frame;
    const char *text = hz_copy(reader->arena, reader->text, reader->length);
    if (name == ADDRESS_IP)
        frame->address = strtoull(text, NULL, 16);
    else if (name == OBJ)
        frame->module = text;
    else if (name == FN)
        frame->function = text;
    else if (name == DIR)
        reader->folder = text;
    else if (name == FILE_NAME)
        frame->file = text;
    else if (name == LINE)
        frame->line = (int)strtol(text, NULL, 10);
}

static void leaf_of_document(struct reader *reader, enum name name, enum name parent)
{
    if (name == EXE && parent == ARGV) {
        reader->program = base_name(hz_copy(reader->arena, reader->text, reader->length));
    } else if (name == STATE && parent == STATUS) {
        reader->document->root = reader->document->root || strcmp(reader->text, "RUNNING") == 0;
        reader->document->finished =
            reader->document->finished || strcmp(reader->text, "FINISHED") == 0;
    } else if (parent == PAIR && name == UNIQUE) {
        reader->pair_unique = strtoul(reader->text, NULL, 16);
    } else if (parent == PAIR && name == COUNT) {
        reader->pair_count = strtoul(reader->text, NULL, 10);
    } else if (name == PAIR && parent == ERRORCOUNTS) {
        end_pair(reader);
    }
}

static void on_start(void *context, const xmlChar *text, const xmlChar *prefix, const xmlChar *uri,
                     int namespaces, const xmlChar **namespace, int attributes, int defaulted,
                     const xmlChar **attribute)
{
    (void)prefix, (void)uri, (void)namespaces, (void)namespace;
    (void)attributes, (void)defaulted, (void)attribute;
    struct reader *reader = context;
    enum name name = OTHER;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp((const char *)text, names[i].text) == 0)
            name = names[i].name;
    if (reader->depth < DEEPEST)
        reader->path[reader->depth] = name;
    reader->depth++;
    reader->length = 0;
    reader->text[0] = '\0';
    if (name == ERROR && reader->depth == 2)
        reader->error = (struct error){0};
    if (name == STACK) {
        reader->stack = (hz_stack){0};
        reader->wrapped = false;
    }
    if (name == FRAME) {
        reader->frame = (struct hz_frame){0};
        reader->folder = NULL;
    }
}

static void on_end(void *context, const xmlChar *text, const xmlChar *prefix, const xmlChar *uri)
{
    (void)text, (void)prefix, (void)uri;
    struct reader *reader = context;
    enum name name = above(reader, 0), parent = above(reader, 1);
    bool in_error = reader->depth > 2 && reader->path[1] == ERROR;
    if (parent == FRAME)
        leaf_of_frame(reader, name);
    else if (name == FRAME)
        end_frame(reader);
    else if (in_error && name == STACK)
        end_stack(reader);
    else if (in_error && (parent == ERROR || parent == XWHAT || parent == XAUXWHAT))
        leaf_of_error(reader, name, parent);
    else if (name == ERROR && reader->depth == 2)
        end_error(reader);
    else
        leaf_of_document(reader, name, parent);
    reader->document->elements = true;
    reader->depth--;
    reader->length = 0;
    reader->text[0] = '\0';
}

/* Control characters do not get this far: they are no XML. */
static void on_text(void *context, const xmlChar *text, int length)
{
    struct reader *reader = context;
    size_t room = TEXT_LIMIT - 1 - reader->length;
    size_t n = (size_t)length < room ? (size_t)length : room;
    memcpy(reader->text + reader->length, text, n);
    reader->length += n;
    reader->text[reader->length] = '\0';
}

static void on_fault(void *context, xmlErrorPtr fault)
{
    (void)context, (void)fault; /* the parser stops calling; what came before is kept */
}

void hz_valgrind_read(struct hz_arena *arena, const char *detector, struct hz_bytes bytes,
                      struct hz_valgrind_document *document, hz_findings *out)
{
    *document = (struct hz_valgrind_document){0};
    struct reader *reader = hz_alloc(arena, sizeof *reader);
    reader->arena = arena;
    reader->detector = detector;
    reader->document = document;
    reader->out = out;
    reader->first = out->n;
    xmlSAXHandler handler = {
        .initialized = XML_SAX2_MAGIC,
        .startElementNs = on_start,
        .endElementNs = on_end,
        .characters = on_text,
        .serror = on_fault,
    };
    xmlParserCtxtPtr parser = xmlCreatePushParserCtxt(&handler, reader, NULL, 0, NULL);
    if (parser == NULL)
        return;
    xmlCtxtUseOptions(parser, XML_PARSE_NONET);
    for (size_t at = 0; at < bytes.n; at += CHUNK) {
        size_t n = bytes.n - at < CHUNK ? bytes.n - at : CHUNK;
        if (xmlParseChunk(parser, bytes.at + at, (int)n, 0) != 0)
            break;
    }
    xmlFreeDoc(parser->myDoc); /* made for a DTD, if a hostile document had one */
    xmlFreeParserCtxt(parser);
}
