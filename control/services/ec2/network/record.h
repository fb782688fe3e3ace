/*
 * Records: resources without a container, whose document is all there is of them.
 *
 * A deleted one stays visible for an hour, in its last state, as AWS keeps
 * gateways and connections; such a document is "retired": Describe shows it, and nothing
 * else finds it.  What other resources are kept by (`dependents`) is under private members that
 * begin with "_live", which go when it retires.  A shared record is of two accounts or regions: a
 * document in each scope, alike but for the tags.
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_RECORD_H
#define CONTROL_SERVICES_EC2_NETWORK_RECORD_H

#include "control/services/ec2/ec2.h"

/*
 * Members that go from an input into a document: the same name unless `as`; `def` is
 * the JSON text of what an absent one is, NULL: it stays absent.
 */
struct record_member {
	const char *name, *as, *def;
};
void record_fill(struct call *c, json_t *doc, const json_t *in,
    const struct record_member *rows);

/* As record_fill, of those that are in the input alone: for Modify operations. */
void record_change(json_t *doc, const json_t *in, const struct record_member *rows);

/* prefix and 17 hex digits; the arena's. */
char *record_id(struct call *c, const char *prefix);

/* As resource_new, of an owner and a time: OwnerId and `created` (NULL: none) are set. */
json_t *record_new(struct call *c, const struct resource *r, const char *created,
    const char **ret_id);

/* As resource_get, resource_edit and resource_list, without those that are retired. */
int record_get(struct call *c, const struct resource *r, const char *id, json_t **ret);
int record_edit(struct call *c, const struct resource *r, const char *id, json_t **ret);
int record_list(struct call *c, const struct resource *r, struct store_docs *ret);

/* The first that is not retired with this text at the path: 1, 0, -1. */
int record_find_by(struct call *c, const struct resource *r, const char *path,
    const char *value, json_t **ret);

/* The document, a copy that is yours, is retired from now on; it is put, as shared.  0 or -1. */
int record_retire(struct call *c, const struct resource *r, json_t *doc);
int record_is_retired(const json_t *doc);

/* It retired so long ago that nothing shows it any more. */
int record_is_forgotten(const struct call *c, const json_t *doc);

/* Describe of the operation's resource, with those that have just retired. */
int record_describe(struct call *c);

/*
 * As record_describe, of what show() (NULL: all, as they are) makes of each document: the one to
 * show, or NULL.
 */
typedef json_t *record_show_fn(struct call *c, json_t *doc);
int record_describe_as(struct call *c, record_show_fn *show);

/* Rows that are no documents, each with an "_id": filtered, in order, a page of them. */
int record_rows(struct call *c, const struct resource *rows, json_t *list);

/* Shared records: put here and in the other scope of "_scopes". */
int record_put_shared(struct call *c, const struct resource *r, json_t *doc);

/* "{account}:{region}"; the arena's. */
char *record_scope(struct call *c, const char *account, const char *region);

/* A row of an Unsuccessful list: what the call's error says, which is then no error any more. */
void record_unsuccessful(struct call *c, json_t *list, const char *id);

/* Lists of strings: add those that are not there; take away those that are. */
void record_merge(json_t *list, const json_t *add);
void record_take_away(json_t *list, const json_t *remove);

/* The time as a number, from milliseconds. */
json_t *record_time(int64_t ms);

/* A CIDR of the input as its canonical text, IPv4 or IPv6: 0 or -1. */
int record_cidr(struct call *c, const char *parameter, const char *text,
    const char **ret);

/* 1 when the CIDRs are of one family and overlap. */
int record_overlaps(const char *a, const char *b);

/* A text of 1 to 255 characters, as descriptions are: 0 or -1. */
int record_check_text(struct call *c, const char *parameter, const char *text);

#endif
