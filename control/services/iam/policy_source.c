#include "control/services/iam/policy_source.h"

#include <string.h>
#include <strings.h>

#include "control/iam/managed_policies.h"

void
policy_source_add(struct sources *s, const char *id, const char *type, const char *text,
    const json_t *doc)
{
	if (s->n < MAX_SOURCES && doc != NULL)
		s->at[s->n++] = (struct source){ id, type, text, doc };
}

int
policy_source_add_text(struct call *c, struct sources *s, const char *list, size_t i,
    const char *text, enum policy_use use, const char *type)
{
	json_t *doc;

	if (policy_parse(c->arena, text, use, &doc, &c->err) < 0)
		return err_set(&c->err, &iam_bad_input, "%s", c->err.msg);
	policy_source_add(s, arena_printf(c->arena, "%s.%zu", list, i + 1), type, text,
	    doc);
	return 0;
}

int
policy_source_add_list(struct call *c, struct sources *s, const char *list)
{
	const json_t *v;
	size_t i;

	json_array_foreach(in_list(c, list), i, v) {
		if (policy_source_add_text(c, s, list, i, json_string_value(v),
			POLICY_IDENTITY, "none") < 0)
			return -1;
	}
	return 0;
}

/* Policies of a principal */

static int
is_excluded(const struct call *c, const char *arn, const char *name, const char *noun,
    const char *holder)
{
	const json_t *row;
	size_t i;

	json_array_foreach(in_list(c, "PolicyExclusionList"), i, row) {
		const json_t *own = json_get(row, "InlinePolicyIdentifier");
		const char *type = json_str_or(row, "PolicyType", "");
		int is_aws = arn != NULL && strncmp(arn, "arn:aws:iam::aws:", 17) == 0;

		if (arn != NULL && strcmp(json_str_or(row, "PolicyArn", ""), arn) == 0)
			return 1;
		if (own != NULL && name != NULL &&
		    strcmp(json_str_or(own, "PolicyName", ""), name) == 0 &&
		    strcasecmp(json_str_or(own, "AttachmentType", ""), noun) == 0 &&
		    strcmp(json_str_or(own, "AttachmentName", ""), holder) == 0)
			return 1;
		if (own != NULL || json_get(row, "PolicyArn") != NULL)
			continue;
		if ((name != NULL && strcmp(type, "inline") == 0) ||
		    (is_aws && strcmp(type, "aws-managed") == 0) ||
		    (arn != NULL && !is_aws && strcmp(type, "user-managed") == 0))
			return 1;
	}
	return 0;
}

int
policy_source_excludes_type(const struct call *c, const char *type)
{
	const json_t *row;
	size_t i;

	json_array_foreach(in_list(c, "PolicyExclusionList"), i, row) {
		if (strcmp(json_str_or(row, "PolicyType", ""), type) == 0)
			return 1;
	}
	return 0;
}

/* A managed policy with the text of its version that counts: 1, 0, -1. */
int
policy_source_managed(struct call *c, const char *arn, struct source *ret)
{
	const struct managed_policy *m = managed_policy_find(arn);
	json_t *policy;
	const json_t *v;
	size_t i;
	int rc;

	if (m != NULL) {
		*ret = (struct source){ m->name, "aws-managed", m->text,
			managed_policy_document(m) };
		return 1;
	}
	rc = iam_find(c, &iam_policy, arn, &policy);
	if (rc <= 0)
		return rc;
	*ret = (struct source){ json_str(policy, "PolicyName"), "user-managed", "",
		json_get(policy, "_doc") };
	json_array_foreach(json_get(policy, "_versions"), i, v) {
		if (strcmp(json_str_or(v, "VersionId", ""),
			json_str_or(policy, "DefaultVersionId", "")) == 0)
			ret->text = json_str_or(v, "text", "");
	}
	return 1;
}

int
policy_source_add_holder(struct call *c, struct sources *s, const struct iam_entity *e,
    const json_t *doc)
{
	const char *holder = json_str_or(doc, e->name_member, ""), *name;
	const json_t *arn;
	json_t *kept;
	size_t i;

	json_object_foreach(json_get(doc, "_inline"), name, kept) {
		if (!is_excluded(c, NULL, name, e->noun, holder))
			policy_source_add(s,
			    arena_printf(c->arena, "%s_%s_%s", e->noun, holder, name),
			    e->noun, json_str_or(kept, "text", ""),
			    json_get(kept, "doc"));
	}
	json_array_foreach(json_get(doc, "_attached"), i, arn) {
		struct source found;
		int rc = policy_source_managed(c, json_string_value(arn), &found);

		if (rc < 0)
			return -1;
		if (rc > 0 && !is_excluded(c, json_string_value(arn), NULL, "", ""))
			policy_source_add(s, found.id, found.type, found.text, found.doc);
	}
	return 0;
}

/* "arn:aws:iam::ACCOUNT:user/path/bob" */
int
policy_source_find_principal(struct call *c, const char *arn,
    const struct iam_entity **ret_entity, json_t **ret)
{
	const char *name = strrchr(arn, '/'), *type = NULL;
	int colons = 0;

	for (const char *s = arn; *s != '\0' && type == NULL; s++) {
		colons += *s == ':';
		if (colons == 5)
			type = s + 1;
	}
	for (const struct iam_entity *const *e = iam_holders;
	     type != NULL && name != NULL && *e != NULL; e++) {
		size_t n = strlen((*e)->arn_type);
		int rc;

		if (strncmp(type, (*e)->arn_type, n) != 0 || type[n] != '/')
			continue;
		rc = iam_find(c, *e, name + 1, ret);
		if (rc < 0)
			return -1;
		*ret_entity = *e;
		if (rc > 0 && strcmp(json_str_or(*ret, "Arn", ""), arn) == 0)
			return 0;
		return err_set(&c->err, &iam_no_such,
		    "The %s with name %s cannot be found.", (*e)->noun, name + 1);
	}
	return err_set(&c->err, &iam_bad_input, "Invalid Entity Arn: %.300s", arn);
}

int
policy_source_add_groups(struct call *c, struct sources *s, const json_t *user)
{
	const json_t *name;
	json_t *group;
	size_t i;

	json_array_foreach(json_get(user, "_groups"), i, name) {
		int rc = iam_find(c, &iam_group, json_string_value(name), &group);

		if (rc < 0 ||
		    (rc > 0 && policy_source_add_holder(c, s, &iam_group, group) < 0))
			return -1;
	}
	return 0;
}
