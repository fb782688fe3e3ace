#include "control/iam/public_policy.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A condition on one of these says who it is, or where he comes from. */
static const char *const fixing[] = { "aws:SourceArn", "aws:SourceVpc", "aws:SourceVpce",
	"aws:SourceAccount", "aws:SourceOwner", "aws:SourceOrgID", "aws:PrincipalOrgID",
	"aws:PrincipalArn", "aws:PrincipalAccount", "aws:userid",
	"s3:x-amz-server-side-encryption-aws-kms-key-id", "s3:DataAccessPointArn",
	"s3:DataAccessPointAccount" };

static const char *const equalities[] = { "StringEquals", "StringEqualsIgnoreCase",
	"StringLike", "ArnEquals", "ArnLike" };

enum { MIN_PREFIX4 = 8, MIN_PREFIX6 = 32 };

static int
is_one_of(const char *name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcasecmp(name, list[i]) == 0)
			return 1;
	}
	return 0;
}

/* Every value, of which there is one at least. */
static int
all_values(const json_t *v, int (*is_good)(const char *))
{
	const json_t *e;
	size_t i;

	if (json_is_string(v))
		return is_good(json_string_value(v));
	json_array_foreach(v, i, e) {
		if (!json_is_string(e) || !is_good(json_string_value(e)))
			return 0;
	}
	return json_array_size(v) > 0;
}

/* An ARN whose account is fixed is, too. */
static int
is_fixed(const char *s)
{
	size_t colons = 0;
	const char *account = NULL;

	if (strpbrk(s, "*?$") == NULL)
		return 1;
	for (const char *p = s; *p != '\0' && account == NULL; p++) {
		colons += *p == ':';
		if (colons == 4)
			account = p + 1;
	}
	return strncmp(s, "arn:", 4) == 0 && account != NULL &&
	    strspn(account, "0123456789") == 12;
}

static int
is_small_network(const char *s)
{
	const char *slash = strchr(s, '/');
	long bits = slash != NULL ? strtol(slash + 1, NULL, 10) : 128;

	return bits >= (strchr(s, ':') != NULL ? MIN_PREFIX6 : MIN_PREFIX4);
}

static int
is_fixed_by_condition(const json_t *statement)
{
	const char *operator, * key;
	json_t *block, *value;

	json_object_foreach(json_get(statement, "Condition"), operator, block) {
		int is_equality = is_one_of(operator, equalities,
			sizeof(equalities) / sizeof(equalities[0])),
		    is_network = strcasecmp(operator, "IpAddress") == 0;

		json_object_foreach(block, key, value) {
			if (is_equality &&
			    is_one_of(key, fixing, sizeof(fixing) / sizeof(fixing[0])) &&
			    all_values(value, is_fixed))
				return 1;
			if (is_network && strcasecmp(key, "aws:SourceIp") == 0 &&
			    all_values(value, is_small_network))
				return 1;
		}
	}
	return 0;
}

static int
is_name(const char *s)
{
	return strcmp(s, "*") != 0;
}

/* Services, accounts, users and roles are fixed; a NotPrincipal is everybody else. */
static int
names_anybody(const json_t *statement)
{
	const json_t *principal = json_get(statement, "Principal");
	const char *type;
	json_t *value;

	if (principal == NULL)
		return json_get(statement, "NotPrincipal") != NULL;
	if (json_is_string(principal))
		return !is_name(json_string_value(principal));
	json_object_foreach((json_t *)(uintptr_t)principal, type, value) {
		if (!all_values(value, is_name))
			return 1;
	}
	return 0;
}

static int
is_public(const json_t *statement)
{
	return strcmp(json_str_or(statement, "Effect", ""), "Allow") == 0 &&
	    names_anybody(statement) && !is_fixed_by_condition(statement);
}

int
policy_is_public(const json_t *doc)
{
	const json_t *statements = json_get(doc, "Statement"), *s;
	size_t i;

	if (json_is_object(statements))
		return is_public(statements);
	json_array_foreach(statements, i, s) {
		if (is_public(s))
			return 1;
	}
	return 0;
}
