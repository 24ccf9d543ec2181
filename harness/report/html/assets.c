#include "report/html/parts.h"

#include "assets.h"

const char *hz_html_highlight_version(void)
{
    return HIGHLIGHT_VERSION;
}

/* A file in read-only memory; its size is known when the program is linked. */
#define EMBED(NAME, name)                                                                          \
    __asm__(".pushsection .rodata\n"                                                               \
            "hz_embedded_" #name ":\n"                                                             \
            ".incbin \"" NAME##_PATH "\"\n"                                                        \
                                     "hz_embedded_" #name "_end:\n"                                \
                                     ".byte 0\n"                                                   \
                                     ".popsection\n");                                             \
    extern const char hz_embedded_##name[], hz_embedded_##name##_end[];                            \
    struct hz_html_asset hz_html_##name(void)                                                      \
    {                                                                                              \
        size_t size = (size_t)(hz_embedded_##name##_end - hz_embedded_##name);                     \
        return (struct hz_html_asset){{hz_embedded_##name, size}, NAME##_SHA256};                  \
    }

EMBED(PAGE, skeleton)
EMBED(STYLE, style)
EMBED(SCRIPT, script)
EMBED(HIGHLIGHT, highlight)
EMBED(CONCEPTS, concepts)
