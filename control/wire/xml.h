/*
 * XML out: elements, escaped text, and documents by their shapes.
 *
 * What XML 1.0 has no way to say (control characters) is written as U+FFFD.
 */
#ifndef CONTROL_WIRE_XML_H
#define CONTROL_WIRE_XML_H

#include "base/buf.h"
#include "base/json.h"
#include "models/tables.h"

void xml_open(struct buf *b, const char *name);
void xml_close(struct buf *b, const char *name);

/* Escaped, for text and attributes. */
void xml_text(struct buf *b, const char *s, size_t len);

/* <name>text</name> */
void xml_element(struct buf *b, const char *name, const char *text);

/* The namespace and the attributes that the structure has in its start tag. */
void xml_attributes(struct buf *b, const struct model *m, uint16_t structure,
    const json_t *v);

/*
 * The structure's members as elements, those of doc that the shape has.
 * with_ms is of timestamp_write().  Documents in doc are taken from and given to
 * `known`; NULL: nothing is kept.
 */
struct fragments;
void xml_members(struct buf *b, const struct model *m, uint16_t structure,
    const json_t *doc, int with_ms, struct fragments *known);

#endif
