/*
 * JSON documents: the one door to jansson.
 *
 * Why jansson: 64-bit integers stay integers, names are compared exactly and
 * found by hash, duplicate keys, trailing text and \u0000 are refused, and its
 * reference counts are atomic, so that threads share a tree that nobody
 * writes.  json_read() adds a limit on nesting; the setters end the process
 * when there is no memory.  Outside base/, only the functions below and
 * jansson's readers (json_object_foreach, json_array_foreach, json_is_…,
 * json_array_size, json_array_get, json_equal, json_incref, json_decref) are
 * used; tools/layers holds this.
 *
 * How documents say what JSON has no word for: a timestamp is a number,
 * seconds since the epoch, with a fraction if it has one; a blob is base64
 * text; NaN and the infinities are "NaN", "Infinity", "-Infinity".
 *
 * A `const char *` returned is borrowed from the tree.  A setter that takes a
 * tree takes the caller's reference ("owns").  Setters never fail.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

enum { JSON_MAX_NESTING = 100 };

/* Any JSON value, whole.  The caller owns *ret.  Fails with kind `json_malformed`. */
extern const struct err_kind json_malformed; /* SerializationException 400 */
int json_read(const char *text, size_t len, json_t **ret, struct err *err);

/* As json_read; the tree goes with the arena. */
int json_read_in(struct arena *a, const char *text, size_t len, json_t **ret,
    struct err *err);

/* Compact text, members in the order they were set. */
void json_write(const json_t *v, struct buf *b);
char *json_text(struct arena *a, const json_t *v);

/* The arena drops the reference when it goes.  Returns v. */
json_t *json_own(struct arena *a, json_t *v);

/* For CLEANUP(json_freep), outside requests. */
void json_freep(json_t **v);

/* Members: NULL (or the default) when absent or of another type; v may be NULL. */
json_t *json_get(const json_t *v, const char *name);
const char *json_str(const json_t *v, const char *name);
const char *json_str_or(const json_t *v, const char *name, const char *def);
int64_t json_int(const json_t *v, const char *name, int64_t def);
double json_num(const json_t *v, const char *name, double def);
int json_bool(const json_t *v, const char *name, int def);

/* By a dotted path through objects ("State.Name"), NULL when absent. */
json_t *json_path(const json_t *v, const char *path);

/* jansson's json_pack(), with a bug in the format as an assert. */
json_t *json_make(const char *fmt, ...);

json_t *json_new_object(void);
json_t *json_new_array(void);
json_t *json_new_str(const char *s);
json_t *json_new_strn(const char *s, size_t n); /* valid UTF-8, without NUL */
json_t *json_new_fmt(const char *fmt, ...) PRINTF(1, 2);
json_t *json_new_int(int64_t n);
json_t *json_new_num(double n); /* finite */
json_t *json_copy_deep(const json_t *v);
json_t *json_copy_shallow(json_t *v); /* shares the members */

/* How many hold the tree now.  1, seen by who holds it: nobody else does, nor can. */
size_t json_references(const json_t *v);

void json_set(json_t *obj, const char *name, json_t *v);	 /* owns v */
void json_set_str(json_t *obj, const char *name, const char *s); /* NULL: no change */
void json_set_strn(json_t *obj, const char *name, const char *s, size_t n);
void json_set_fmt(json_t *obj, const char *name, const char *fmt, ...) PRINTF(3, 4);
void json_set_int(json_t *obj, const char *name, int64_t n);
void json_set_num(json_t *obj, const char *name, double n);
void json_set_bool(json_t *obj, const char *name, int on);
void json_del(json_t *obj, const char *name);

/* obj[name], made if it is absent; borrowed. */
json_t *json_need_object(json_t *obj, const char *name);
json_t *json_need_array(json_t *obj, const char *name);

void json_add(json_t *arr, json_t *v); /* owns v */
void json_add_str(json_t *arr, const char *s);
json_t *json_add_object(json_t *arr); /* a new, empty one; borrowed */

/* 1 when an array of strings has s. */
int json_has_str(const json_t *arr, const char *s);

#endif
