/*
 * What the REST protocols share: operations by method and URI template, and members that
 * are in the path, the query, headers or the status.
 */
#ifndef CONTROL_WIRE_REST_H
#define CONTROL_WIRE_REST_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "control/wire/wire.h"
#include "models/tables.h"

enum { REST_MAX_LABELS = 16 };

/* The text that a label of a template stands for, as it was sent. */
struct rest_label {
	const char *name, *text;
	size_t name_len, len;
};

struct rest_labels {
	struct rest_label label[REST_MAX_LABELS];
	size_t n;
};

/*
 * Is the path one of the template ("/{Bucket}/{Key+}?acl", whose query is not looked at)?
 * 1 with the labels, or 0.  A '/' more or less at the end does not matter.
 */
int rest_match(const char *template, const char *path, struct rest_labels *ret);

/* S3's bucket may be in the host's name: the path as it is without that.  Else the path itself. */
const char *rest_path(struct arena *a, const struct model *m,
    const struct wire_request *req);

/* As codec.route(), for the services that speak the protocol. */
int rest_route(struct arena *a, const struct wire_request *req, const char *signing_name,
    enum model_protocol protocol, const struct model **ret_model,
    const struct model_op **ret_op, struct err *err);

/* 1 when another operation has taken the place of this one: S3's older ones. */
int rest_is_replaced(const struct model *m, const struct model_op *op);

/* 1 when the template itself has the parameter of the query: "list-type". */
int rest_is_static(const struct model *m, const struct model_op *op, const char *name);

/*
 * The members of the input that are not in the body, into doc.  A value of another
 * type fails with kind `bad`.
 */
int rest_read(struct arena *a, const struct model *m, const struct model_op *op,
    const struct wire_request *req, const struct err_kind *bad, json_t *doc,
    struct err *err);

/* The member that is the body, or NULL: the members without another place are. */
const struct member_row *rest_payload(const struct model *m, uint16_t structure);

/* 1 when some member is in the body, without being all of it; of a reply, also what cannot be elsewhere. */
int rest_has_body(const struct model *m, uint16_t structure, int is_reply);

/* The status and the headers that doc's members are. */
void rest_write(struct arena *a, const struct model *m, uint16_t structure,
    const json_t *doc, struct wire_reply *reply);

/* A payload that is no structure: bytes of a blob, text. */
void rest_write_payload(struct arena *a, const struct model *m,
    const struct member_row *payload, const json_t *v, struct wire_reply *reply);

/* The payload's value from the body: a blob or a string.  NULL: not UTF-8. */
json_t *rest_read_payload(struct arena *a, const struct member_row *payload,
    const char *body, size_t len);

/* doc without the members that are elsewhere: the arena's. */
json_t *rest_body_members(struct arena *a, const struct model *m, uint16_t structure,
    const json_t *doc);

#endif
