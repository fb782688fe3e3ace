/*
 * IAM: may the caller, and what policies may ask of the call.
 */
#include <string.h>

#include "control/api/condition_keys.h"
#include "control/services/iam/iam.h"

/* For "*", an ARN or one of this account's ("user/a/b"); context NULL: without further keys. */
static int
permit_with(struct call *c, const char *resource, const json_t *context)
{
	int is_whole = strcmp(resource, "*") == 0 || strncmp(resource, "arn:", 4) == 0;
	const struct auth_question q = {
		.resource = is_whole ? resource : call_arn(c, resource),
		.context = context,
	};

	return call_ask(c, &q);
}

int
iam_permit(struct call *c, const char *resource)
{
	return permit_with(c, resource, NULL);
}

/* Of what is there, its tags and its boundary; of the call, the policy that it is about. */
static json_t *
entity_keys(struct call *c, const struct iam_entity *e, const json_t *doc)
{
	json_t *context = json_own(c->arena, json_new_object());

	condition_keys_resource_tags(c, context, json_get(doc, "Tags"));
	if (e != &iam_policy)
		json_set_str(context, "iam:PolicyARN", json_str(c->in, "PolicyArn"));
	json_set_str(context, "iam:PermissionsBoundary",
	    json_string_value(
		json_path(doc, "PermissionsBoundary.PermissionsBoundaryArn")));
	json_set_str(context, "iam:PermissionsBoundary",
	    json_str(c->in, "PermissionsBoundary"));
	json_set_str(context, "iam:AWSServiceName", json_str(c->in, "AWSServiceName"));
	return context;
}

int
iam_permit_for(struct call *c, const struct iam_entity *e, const char *resource,
    const json_t *doc)
{
	return permit_with(c, resource, entity_keys(c, e, doc));
}
