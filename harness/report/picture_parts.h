/* Between the files that implement picture.h. */
#ifndef HZ_PICTURE_PARTS_H
#define HZ_PICTURE_PARTS_H

#include "report/picture.h"

/*
 * Text in XML or HTML, between tags or inside of a quoted attribute: control characters and
 * what is no UTF-8 are made visible. NULL: nothing.
 */
void hz_xml(FILE *out, const char *text);
/* The same of at most so many columns. */
void hz_xml_cut(FILE *out, const char *text, int columns);

/*
 * Writes one SVG of Graphviz anew: known elements, and of those known attributes whose
 * values are numbers and the like; colours and names go. False, with nothing written, if it
 * is not what Graphviz writes.
 */
bool hz_svg_rewrite(FILE *out, struct hz_bytes svg, size_t number, const char *title,
                    const char *description);

#endif
