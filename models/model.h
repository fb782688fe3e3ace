/*
 * The shapes of an AWS API as tables: what a service's operations take and
 * give, and how it is said on the wire.
 *
 * modelc makes them from models/<service>.json at build time; model_load()
 * makes them from the same JSON (or from botocore's own form, for the protocol
 * suites) at run time.  Shapes and members are indexes into the model's
 * tables; MODEL_NONE is no shape.
 */
#ifndef MODELS_MODEL_H
#define MODELS_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

enum { MODEL_NONE = 0xffff };

enum model_protocol {
	PROTOCOL_EC2,
	PROTOCOL_QUERY,
	PROTOCOL_JSON, /* 1.0 and 1.1: json_version says */
	PROTOCOL_REST_JSON,
	PROTOCOL_REST_XML,
	PROTOCOL_RPC_CBOR,
};

enum model_type {
	TYPE_STRUCTURE,
	TYPE_LIST,
	TYPE_MAP,
	TYPE_STRING,
	TYPE_INTEGER,
	TYPE_LONG,
	TYPE_FLOAT,
	TYPE_DOUBLE,
	TYPE_BOOLEAN,
	TYPE_BLOB,
	TYPE_TIMESTAMP,
};

struct model;	 /* a service */
struct model_op; /* an operation; its name is its first member */

/* By the model's name ("ec2"), as models/<name>.json: NULL when there is none. */
const struct model *model_find(const char *name);

/* All embedded models. */
size_t model_count(void);
const struct model *model_at(size_t i);

const char *model_name(const struct model *m);	       /* "ec2" */
const char *model_signing_name(const struct model *m); /* "ec2": in credential scopes */
const char *model_endpoint_prefix(const struct model *m); /* "ec2": in host names */
const char *model_service_id(const struct model *m);	  /* "EC2" */
const char *model_api_version(const struct model *m);	  /* "2016-11-15" */
int model_is_global(const struct model *m); /* one endpoint for all regions: iam */
enum model_protocol model_protocol(const struct model *m);

size_t model_op_count(const struct model *m);
const struct model_op *model_op_at(const struct model *m, size_t i); /* sorted by name */
size_t model_op_index(const struct model *m, const struct model_op *op);
const struct model_op *model_op_find(const struct model *m, const char *name);
const char *model_op_name(const struct model *m, const struct model_op *op);
uint16_t model_op_input(const struct model_op *op); /* MODEL_NONE: takes nothing */
uint16_t model_op_output(const struct model_op *op);
/* The operation is called without a signature (AssumeRoleWithWebIdentity). */
int model_op_is_unsigned(const struct model_op *op);

enum model_type model_shape_type(const struct model *m, uint16_t shape);

/* The shape of a structure's member, or of a list's or a map's values; MODEL_NONE if absent. */
uint16_t model_member(const struct model *m, uint16_t structure, const char *name);
uint16_t model_element(const struct model *m, uint16_t list_or_map);

/* 1 when text is one of the string shape's enum members (or it has none). */
int model_enum_has(const struct model *m, uint16_t shape, const char *text);

/* A model of its own from JSON text's tree, for as long as the arena. */
int model_load(struct arena *a, const json_t *doc, struct model **ret, struct err *err);

#endif
