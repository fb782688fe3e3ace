/*
 * What policies may ask of a call beside who calls: of the resource that it names or makes, and of
 * the tags that it brings.
 *
 * Of every call: aws:RequestTag/KEY and aws:TagKeys, of the tags that the resource is to have;
 * aws:ResourceTag/KEY and SERVICE:ResourceTag/KEY, of those that it has.  A service's own keys
 * are rows of its table (service.h).
 */
#ifndef CONTROL_API_CONDITION_KEYS_H
#define CONTROL_API_CONDITION_KEYS_H

#include "base/json.h"

struct call;
struct resource;

/* A row: a key and where its value is.  The first row that has one counts. */
struct condition_key {
	const char *kind; /* of the resource that is asked about; NULL: any, or none */
	const char *key;  /* "ec2:InstanceType" */
	const char *path; /* in its document (api/resource.h); or NULL */
	const char *
	    input; /* in the input: of a resource that is made, with kind NULL of any call; or NULL */
	const char *def;  /* of one that is made, when the input has none; or NULL */
	const char *type; /* the value is an id: the ARN of this type is meant; or NULL */
};

/* Add the call's keys to those that are there: 0 or -1.  r, id: as call_allow()'s. */
int condition_keys_add(struct call *c, const struct resource *r, const char *id,
    json_t *context);

/* What is said of tags that are to be set: [{Key, Value}] or {key: value}. */
void condition_keys_request_tags(json_t *context, const json_t *tags);

/* What is said of tags that the service's resource has: [{Key, Value}]. */
void condition_keys_resource_tags(struct call *c, json_t *context, const json_t *tags);

#endif
