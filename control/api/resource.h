/*
 * Resources: what a service's Describe, Delete and tag operations have in common.
 *
 * A resource's document has the members of the API's own shape, as Describe
 * shows them, tags included ("Tags": [{"Key", "Value"}]); members that begin with
 * '_' are ours and never shown.  A row of struct resource and one of
 * struct op then make a Describe operation, without code.
 */
#ifndef CONTROL_API_RESOURCE_H
#define CONTROL_API_RESOURCE_H

#include "base/err.h"
#include "base/json.h"
#include "control/store/store.h"

struct call;
struct converge;

/*
 * A filter of Describe: matches a document when any value at `path` does.
 * A path goes through objects by '.' and through all elements of arrays. Values
 * compare as text; '*' and '?' are wildcards.  "tag:KEY" and "tag-key" need no row.
 */
struct filter {
	const char *name; /* "vpc-id" */
	const char *path; /* "VpcId", "Attachments.VpcId" */
};

/* Documents of `kind` that have this resource's id at `path` keep it from being deleted. */
struct dependent {
	const char *kind; /* store kind: "ec2:subnet" */
	const char *path;
};

/*
 * Whose changes concern this resource: when a document of the kind changes, or a container
 * of one, changed() is called on a worker of the reconciler, after that one's converge(), with
 * what changed, and wakes by cv->wake() whoever has to look at it.  It only reads.  0 or -1.
 */
struct watch {
	const char *kind; /* store kind: "ec2:instance" */
	int (*changed)(struct converge *cv, struct err *err);
};

struct resource {
	const char *service;	 /* "ec2" */
	const char *kind;	 /* store kind: "ec2:vpc" */
	const char *type;	 /* in ARNs and tag specifications: "vpc" */
	const char *prefix;	 /* of ids: "vpc-"; NULL: ids are names */
	const char *id_member;	 /* in the document: "VpcId" */
	const char *list_member; /* in Describe's output: "Vpcs" */
	const char *ids_member;	 /* in Describe's input: "VpcIds" */
	const char *noun;	 /* in messages: "vpc ID" */
	const struct err_kind *not_found;
	const struct err_kind *malformed;   /* NULL: as not_found */
	const struct filter *filters;	    /* ends with a NULL name */
	const struct dependent *dependents; /* ends with a NULL kind; or NULL */
	const char *tags_member;	    /* in the document; NULL: "Tags" */
	int no_tags;
	int no_account;		/* ARNs are without the account: images */
	int page_min, page_max; /* of MaxResults; 0: 5 and 1000 */

	/*
	 * Where what policies ask of is kept elsewhere, too: 1 and the document, 0, -1.  NULL: it is all in
	 * the account's store.
	 */
	int (*find)(struct call *c, const char *id, json_t **ret);

	/*
	 * Docker-backed kinds: make the world as the document says; see plane/reconcile.h.
	 */
	int (*converge)(struct converge *cv, struct err *err);
	const struct watch *watches; /* ends with a NULL kind; or NULL */
};

/* A new document of the resource with a fresh id and the TagSpecifications' tags.  NULL and c->err for bad tags. */
json_t *resource_new(struct call *c, const struct resource *r, const char **ret_id);

/* 0 and the shared document, or -1 with the resource's not-found error. */
int resource_get(struct call *c, const struct resource *r, const char *id, json_t **ret);

/* 0 and a copy to write and to resource_put(), or -1. */
int resource_edit(struct call *c, const struct resource *r, const char *id, json_t **ret);

/* 1 and the document, 0, -1: without the error of a missing one. */
int resource_find(struct call *c, const struct resource *r, const char *id, json_t **ret);

int resource_list(struct call *c, const struct resource *r, struct store_docs *ret);

/* The first document of the kind with text `value` at `path`: 1, 0, -1. */
int resource_find_by(struct call *c, const struct resource *r, const char *path,
    const char *value, json_t **ret);

void resource_put(struct call *c, const struct resource *r, json_t *doc);

/* 0, or -1 DependencyViolation when a dependent row has a document. */
int resource_check_unused(struct call *c, const struct resource *r, const char *id);
void resource_delete_doc(struct call *c, const struct resource *r, const char *id);

const char *resource_id(const struct resource *r, const json_t *doc);
const char *resource_tags_member(const struct resource *r);
char *resource_arn(const struct call *c, const struct resource *r, const char *id);

/* Generic handlers; the resource is the op row's. */
int resource_describe(struct call *c);
int resource_delete(struct call *c); /* refuses when it is in use */

/*
 * The documents that ids and filters of the input choose, in a new array that
 * shares them, in order; the arena owns it.  `docs` are the candidates.  Missing ids fail.
 */
int resource_select(struct call *c, const struct resource *r,
    const struct store_docs *docs, json_t **ret);

/* The documents in order of the text at `member`: a new array, the arena's. */
json_t *resource_sorted(struct call *c, const json_t *docs, const char *member);

/* Leave MaxResults of the array from NextToken on; sets NextToken in the output. */
int resource_page(struct call *c, const struct resource *r, json_t *docs);

/*
 * What resource_describe() answers, of documents that are not as the store has them: those
 * that ids and filters choose, a page of them, as the output's list_member.  0 or -1.
 */
int resource_answer(struct call *c, const struct resource *r,
    const struct store_docs *all);

/* 0 when the resource has all of the input's Filters, or -1. */
int filter_check(struct call *c, const struct resource *r);

/* 1 when the document passes all of the input's Filters. */
int filter_match(struct call *c, const struct resource *r, const json_t *doc);

/* Call fn for each scalar at the path, as text; stops and returns 1 when fn does. */
typedef int path_fn(void *arg, const char *text);
int path_each(const json_t *v, const char *path, path_fn *fn, void *arg);

#endif
