/*
 * What IAM refuses when a policy is written.
 */
#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "control/iam/condition.h"
#include "control/iam/policy.h"

const struct err_kind policy_malformed = { "MalformedPolicyDocument", 400 };

enum { POLICY_TEXT_MAX = 131072 };

#define BAD(err, ...) err_set((err), &policy_malformed, __VA_ARGS__)

static const char legacy[] = "The policy failed legacy parsing";

/* The statement that is looked at, and what it is for. */
struct check {
	enum policy_use use;
	const json_t *statement;
	struct err *err;
};

typedef int check_fn(const struct check *k, const char *text);

/* A string, or an array of them that is not empty; each passes fn. */
static int
each_text(const struct check *k, const json_t *v, const char *empty, check_fn *fn)
{
	const json_t *e;
	size_t i;

	if (json_is_string(v))
		return fn(k, json_string_value(v));
	if (!json_is_array(v))
		return BAD(k->err, "Syntax errors in policy.");
	if (json_array_size(v) == 0)
		return BAD(k->err, "%s", empty);
	json_array_foreach(v, i, e) {
		if (!json_is_string(e))
			return BAD(k->err, "Syntax errors in policy.");
		if (fn(k, json_string_value(e)) < 0)
			return -1;
	}
	return 0;
}

static int
check_vendor(const struct check *k, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!isalnum((unsigned char)text[i]) && text[i] != '-')
			return BAD(k->err, "Vendor %.*s is not valid", (int)n, text);
	}
	return 0;
}

static int
check_action(const struct check *k, const char *text)
{
	const char *colon = strchr(text, ':');

	if (strcmp(text, "*") == 0 && k->use != POLICY_TRUST)
		return 0;
	if (colon == NULL || colon == text)
		return BAD(k->err,
		    "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
	if (colon[1] == '\0' || strchr(colon + 1, ':') != NULL)
		return BAD(k->err, "Actions/Condition can contain only one colon.");
	if (k->use == POLICY_TRUST && strncasecmp(text, "sts:", 4) != 0)
		return BAD(k->err,
		    "AssumeRole policy may only specify STS AssumeRole actions.");
	return check_vendor(k, text, (size_t)(colon - text));
}

/* "arn:partition:service:region:account:resource", wildcards allowed from the region on. */
static int
check_resource(const struct check *k, const char *text)
{
	static const char *const partitions[] = { "aws", "aws-cn", "aws-us-gov", "*" };
	const char *partition, *service;
	size_t n, i;

	if (strcmp(text, "*") == 0)
		return 0;
	if (strncmp(text, "arn:", 4) != 0)
		return BAD(k->err, "Resource %.200s must be in ARN format or \"*\".",
		    text);
	partition = text + 4;
	n = strcspn(partition, ":");
	for (i = 0; i < COUNT(partitions); i++) {
		if (strlen(partitions[i]) == n &&
		    strncmp(partitions[i], partition, n) == 0)
			break;
	}
	if (i == COUNT(partitions))
		return BAD(k->err,
		    "Partition \"%.*s\" is not valid for resource \"%.200s\".",
		    n < 60 ? (int)n : 60, partition, text);
	if (partition[n] == '\0')
		return BAD(k->err, "The policy failed legacy parsing");
	service = partition + n + 1;
	if (*service == '\0' ||
	    (strchr(service, ':') == NULL && strchr(service, '*') == NULL))
		return BAD(k->err, "%s", legacy);
	return 0;
}

static int
check_sid(const struct check *k)
{
	const json_t *sid = json_get(k->statement, "Sid");
	const char *text = json_string_value(sid);

	if (sid == NULL)
		return 0;
	if (text == NULL)
		return BAD(k->err, "Syntax errors in policy.");
	for (; *text != '\0'; text++) {
		if (!isalnum((unsigned char)*text) &&
		    (k->use != POLICY_TRUST || *text != ' '))
			return BAD(k->err,
			    "Statement IDs (SID) must be alpha-numeric. Check that your input "
			    "satisfies the regular expression [0-9A-Za-z]*");
	}
	return 0;
}

static int
check_scalars(const struct check *k, const json_t *v)
{
	const json_t *e;
	size_t i;

	if (json_is_string(v) || json_is_number(v) || json_is_boolean(v))
		return 0;
	if (!json_is_array(v))
		return BAD(k->err, "Syntax errors in policy.");
	json_array_foreach(v, i, e) {
		if (!json_is_string(e) && !json_is_number(e) && !json_is_boolean(e))
			return BAD(k->err, "Syntax errors in policy.");
	}
	return 0;
}

static int
check_condition(const struct check *k)
{
	json_t *block = json_get(k->statement, "Condition"), *keys, *values;
	const char *name, *key;

	if (block == NULL)
		return 0;
	if (!json_is_object(block))
		return BAD(k->err, "Syntax errors in policy.");
	json_object_foreach(block, name, keys) {
		if (!condition_operator_is_known(name))
			return BAD(k->err, "Invalid Condition type : %.100s.", name);
		if (!json_is_object(keys))
			return BAD(k->err, "Syntax errors in policy.");
		json_object_foreach(keys, key, values) {
			if (strchr(key, ':') == NULL)
				return BAD(k->err,
				    "Actions/Conditions must be prefaced by a vendor, "
				    "e.g., iam, sdb, ec2, etc.");
			if (check_scalars(k, values) < 0)
				return -1;
		}
	}
	return 0;
}

/* An AWS principal: "*", 12 digits, or an ARN of iam's or sts' without wildcards. */
static int
check_aws_principal(const struct check *k, const char *text)
{
	if (strcmp(text, "*") == 0)
		return 0;
	if (strlen(text) == 12 && strspn(text, "0123456789") == 12)
		return 0;
	if ((strncmp(text, "arn:aws:iam::", 13) == 0 ||
		strncmp(text, "arn:aws:sts::", 13) == 0) &&
	    strspn(text + 13, "0123456789") == 12 && text[25] == ':' &&
	    text[26] != '\0' && strchr(text, '*') == NULL)
		return 0;
	return BAD(k->err, "Invalid principal in policy: \"AWS\":\"%.200s\"", text);
}

static int
check_service_principal(const struct check *k, const char *text)
{
	size_t n = strlen(text);

	if (n > 14 && strcmp(text + n - 14, ".amazonaws.com") == 0)
		return 0;
	return BAD(k->err, "Invalid principal in policy: \"SERVICE\":\"%.200s\"", text);
}

static int
check_other_principal(const struct check *k, const char *text)
{
	if (*text != '\0')
		return 0;
	return BAD(k->err, "Invalid principal in policy: \"FEDERATED\":\"\"");
}

static const struct {
	const char *type;
	check_fn *check;
} principals[] = {
	{ "AWS", check_aws_principal },
	{ "Service", check_service_principal },
	{ "Federated", check_other_principal },
	{ "CanonicalUser", check_other_principal },
};

/* Principal, or NotPrincipal, which only a deny can have. */
static int
find_principal(const struct check *k, json_t **ret)
{
	json_t *p = json_get(k->statement, "Principal"),
	       *no = json_get(k->statement, "NotPrincipal");

	if (p != NULL && no != NULL)
		return BAD(k->err, "Syntax errors in policy.");
	if (no != NULL && strcmp(json_str_or(k->statement, "Effect", ""), "Deny") != 0)
		return BAD(k->err, "Allow with NotPrincipal is not allowed.");
	*ret = no != NULL ? no : p;
	return 0;
}

static int
check_principal(const struct check *k)
{
	const char *type;
	json_t *p, *v;
	size_t i;

	if (find_principal(k, &p) < 0)
		return -1;
	if (json_is_string(p) && strcmp(json_string_value(p), "*") == 0)
		return 0;
	if (!json_is_object(p) || json_object_size(p) == 0)
		return BAD(k->err, "Invalid principal in policy.");
	json_object_foreach(p, type, v) {
		for (i = 0; i < COUNT(principals); i++) {
			if (strcmp(principals[i].type, type) == 0)
				break;
		}
		if (i == COUNT(principals))
			return BAD(k->err, "Invalid principal in policy: \"%.100s\"",
			    type);
		if (each_text(k, v, "Invalid principal in policy.", principals[i].check) <
		    0)
			return -1;
	}
	return 0;
}

static int
check_members(const struct check *k)
{
	static const char *const known[] = { "Sid", "Effect", "Action", "NotAction",
		"Resource", "NotResource", "Condition", "Principal", "NotPrincipal" };
	const char *name;
	size_t i;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)k->statement, name, v) {
		for (i = 0; i < COUNT(known); i++) {
			if (strcmp(known[i], name) == 0)
				break;
		}
		if (i == COUNT(known))
			return BAD(k->err, "Syntax errors in policy.");
	}
	return 0;
}

/* Exactly one of the element and its opposite, with values that pass. */
static int
check_pair(const struct check *k, const char *name, const char *not_name,
    const char *missing, check_fn *fn)
{
	const json_t *v = json_get(k->statement, name),
		     *no = json_get(k->statement, not_name);

	if (v != NULL && no != NULL)
		return BAD(k->err, "Syntax errors in policy.");
	if (v == NULL && no == NULL)
		return BAD(k->err, "%s", missing);
	return each_text(k, v != NULL ? v : no, missing, fn);
}

static int
has_principal(const json_t *statement)
{
	return json_get(statement, "Principal") != NULL ||
	    json_get(statement, "NotPrincipal") != NULL;
}

static int
check_use(const struct check *k)
{
	const json_t *s = k->statement;

	if (k->use == POLICY_RESOURCE && !has_principal(s))
		return BAD(k->err, "Missing required field Principal");
	if (k->use == POLICY_RESOURCE && check_principal(k) < 0)
		return -1;
	if (k->use != POLICY_TRUST) {
		if (k->use != POLICY_RESOURCE && has_principal(s))
			return BAD(k->err,
			    "Policy document should not specify a principal.");
		return check_pair(k, "Resource", "NotResource",
		    "Policy statement must contain resources.", check_resource);
	}
	if (json_get(s, "Resource") != NULL || json_get(s, "NotResource") != NULL)
		return BAD(k->err, "Has prohibited field Resource.");
	if (!has_principal(s))
		return BAD(k->err, "Missing required field Principal");
	return check_principal(k);
}

static int
check_statement(const struct check *k)
{
	const char *effect = json_str(k->statement, "Effect");
	const char *missing = k->use == POLICY_TRUST ?
	    "Missing required field Action" :
	    "Policy statement must contain actions.";

	if (!json_is_object(k->statement))
		return BAD(k->err, "Syntax errors in policy.");
	if (check_members(k) < 0)
		return -1;
	if (effect == NULL)
		return BAD(k->err, "Missing required field Effect");
	if (strcmp(effect, "Allow") != 0 && strcmp(effect, "Deny") != 0)
		return BAD(k->err, "Invalid effect: %.100s", effect);
	if (check_pair(k, "Action", "NotAction", missing, check_action) < 0)
		return -1;
	if (check_use(k) < 0 || check_sid(k) < 0)
		return -1;
	return check_condition(k);
}

static int
check_unique_sids(const json_t *statements, struct err *err)
{
	const json_t *s, *other;
	size_t i, j;

	json_array_foreach(statements, i, s) {
		const char *sid = json_str(s, "Sid");

		if (sid == NULL || sid[0] == '\0')
			continue;
		json_array_foreach(statements, j, other) {
			if (j > i && strcmp(sid, json_str_or(other, "Sid", "")) == 0)
				return BAD(err,
				    "Statement IDs (SID) in a single policy must be unique.");
		}
	}
	return 0;
}

static int
check_top(const json_t *doc, struct err *err)
{
	const json_t *v = json_get(doc, "Version");
	const char *name, *version = json_string_value(v);
	json_t *m;

	json_object_foreach((json_t *)(uintptr_t)doc, name, m) {
		if (strcmp(name, "Version") != 0 && strcmp(name, "Id") != 0 &&
		    strcmp(name, "Statement") != 0)
			return BAD(err, "Syntax errors in policy.");
	}
	if (v != NULL &&
	    (version == NULL ||
		(strcmp(version, "2012-10-17") != 0 &&
		    strcmp(version, "2008-10-17") != 0)))
		return BAD(err, "Syntax errors in policy.");
	if (json_get(doc, "Statement") == NULL)
		return BAD(err, "Syntax errors in policy.");
	return 0;
}

static int
check_document(const json_t *doc, enum policy_use use, struct err *err)
{
	const json_t *statements = json_get(doc, "Statement"), *s;
	struct check k = { use, statements, err };
	size_t i;

	if (json_is_object(statements))
		return check_statement(&k);
	if (json_array_size(statements) == 0)
		return BAD(err, "Syntax errors in policy.");
	json_array_foreach(statements, i, s) {
		k.statement = s;
		if (check_statement(&k) < 0)
			return -1;
	}
	return check_unique_sids(statements, err);
}

int
policy_parse(struct arena *a, const char *text, enum policy_use use, json_t **ret,
    struct err *err)
{
	struct err ignored;
	json_t *doc;
	size_t n = strlen(text);

	if (n > POLICY_TEXT_MAX || json_read_in(a, text, n, &doc, &ignored) < 0 ||
	    !json_is_object(doc))
		return use == POLICY_TRUST ?
		    BAD(err, "This policy contains invalid Json") :
		    BAD(err, "Syntax errors in policy.");
	if (check_top(doc, err) < 0 || check_document(doc, use, err) < 0)
		return -1;
	*ret = doc;
	return 0;
}

size_t
policy_size(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += !isspace((unsigned char)*text);
	return n;
}
