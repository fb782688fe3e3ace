/*
 * IAM: which policies let somebody at a service.
 *
 * Not emulated: reports on when services were used last (GenerateServiceLastAccessedDetails and its like).
 */
#include <ctype.h>
#include <string.h>

#include "control/iam/managed_policies.h"
#include "control/iam/pattern.h"
#include "control/services/iam/policy_source.h"

struct search {
	struct call *call;
	const char *service;
	json_t *rows;
};

/* "s3:Get*", "*" or "s*:*" for "s3". */
static int
is_of_service(const char *pattern, const char *service, struct call *c)
{
	size_t n = strcspn(pattern, ":");

	return pattern_match_nocase(arena_strndup(c->arena, pattern, n), service);
}

/* A text, or one of a list; `whole`: only what means all actions of the service. */
static int
names_service(struct search *s, const json_t *actions, int whole)
{
	const char *text = json_string_value(actions);
	const json_t *each;
	size_t i;

	if (text != NULL)
		return is_of_service(text, s->service, s->call) &&
		    (!whole || strcmp(text, "*") == 0 ||
			strcmp(text + strcspn(text, ":"), ":*") == 0);
	json_array_foreach(actions, i, each) {
		if (names_service(s, each, whole))
			return 1;
	}
	return 0;
}

static int
statement_grants(struct search *s, const json_t *statement)
{
	if (strcmp(json_str_or(statement, "Effect", ""), "Allow") != 0)
		return 0;
	if (json_get(statement, "NotAction") != NULL)
		return !names_service(s, json_get(statement, "NotAction"), 1);
	return names_service(s, json_get(statement, "Action"), 0);
}

static int
grants(struct search *s, const json_t *doc)
{
	const json_t *all = json_get(doc, "Statement"), *statement;
	size_t i;

	if (json_is_object(all))
		return statement_grants(s, all);
	json_array_foreach(all, i, statement) {
		if (statement_grants(s, statement))
			return 1;
	}
	return 0;
}

static const char *
shouted(struct call *c, const char *noun)
{
	char *text = arena_strdup(c->arena, noun);

	for (char *p = text; *p != '\0'; p++)
		*p = (char)toupper((unsigned char)*p);
	return text;
}

/* A policy that groups and users both have is told once. */
static void
add_managed(struct search *s, const char *arn, const struct source *found)
{
	const json_t *row;
	size_t i;

	json_array_foreach(s->rows, i, row) {
		if (strcmp(json_str_or(row, "PolicyArn", ""), arn) == 0)
			return;
	}
	json_add(s->rows,
	    json_make("{s:s, s:s, s:s}", "PolicyName", found->id, "PolicyType", "MANAGED",
		"PolicyArn", arn));
}

static int
search_holder(struct search *s, const struct iam_entity *e, const json_t *doc)
{
	const json_t *arn;
	struct source found;
	const char *name;
	json_t *kept;
	size_t i;

	json_array_foreach(json_get(doc, "_attached"), i, arn) {
		int rc = policy_source_managed(s->call, json_string_value(arn), &found);

		if (rc < 0)
			return -1;
		if (rc > 0 && grants(s, found.doc))
			add_managed(s, json_string_value(arn), &found);
	}
	json_object_foreach(json_get(doc, "_inline"), name, kept) {
		if (grants(s, json_get(kept, "doc")))
			json_add(s->rows,
			    json_make("{s:s, s:s, s:s, s:s}", "PolicyName", name,
				"PolicyType", "INLINE", "EntityType",
				shouted(s->call, e->noun), "EntityName",
				json_str(doc, e->name_member)));
	}
	return 0;
}

static int
search_groups(struct search *s, const json_t *user)
{
	const json_t *name;
	json_t *group;
	size_t i;

	json_array_foreach(json_get(user, "_groups"), i, name) {
		int rc = iam_find(s->call, &iam_group, json_string_value(name), &group);

		if (rc < 0 || (rc > 0 && search_holder(s, &iam_group, group) < 0))
			return -1;
	}
	return 0;
}

/* Everything is in one answer, so that there is no place to go on from. */
static int
list_granting(struct call *c)
{
	const struct iam_entity *e;
	json_t *doc, *out = json_own(c->arena, json_new_array());
	const json_t *service;
	size_t i;

	if (iam_permit(c, in_str(c, "Arn")) < 0)
		return -1;
	if (in_has(c, "Marker"))
		return err_set(&c->err, &iam_invalid, "Invalid Marker.");
	if (policy_source_find_principal(c, in_str(c, "Arn"), &e, &doc) < 0)
		return -1;
	json_array_foreach(in_list(c, "ServiceNamespaces"), i, service) {
		json_t *row = json_add_object(out);
		struct search s = { c, json_string_value(service), NULL };

		json_set_str(row, "ServiceNamespace", s.service);
		s.rows = json_need_array(row, "Policies");
		if (search_holder(&s, e, doc) < 0 ||
		    (e == &iam_user && search_groups(&s, doc) < 0))
			return -1;
	}
	out_ref(c, "PoliciesGrantingServiceAccess", out);
	out_bool(c, "IsTruncated", 0);
	return 0;
}

static const struct op ops[] = {
	IAM("ListPoliciesGrantingServiceAccess", list_granting, OP_READ,
	    "List which policies let a user, group or role at services."),
};
const struct family iam_access = FAMILY(ops, NULL);
