/* What a form's policy lets in: "POST policy" of the user's guide. */
#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "control/services/s3/form.h"
#include "control/services/s3/s3.h"

static const struct err_kind bad_policy = { "InvalidPolicyDocument", 400 };

enum { MAX_NAME = 256 };

struct check {
	struct arena *arena;
	struct s3_form *form;
	const char *bucket;
	json_t *said; /* {name: true}: the conditions are for these */
	struct err *err;
};

static int
invalid(struct check *c, const char *words)
{
	return err_set(c->err, &bad_policy, "Invalid Policy: %s", words);
}

static int
failed(struct check *c, const json_t *condition)
{
	return err_set(c->err, &s3_denied,
	    "Invalid according to Policy: Policy Condition failed: %.300s",
	    json_text(c->arena, condition));
}

static const char *
lowered(struct check *c, const char *s)
{
	char *text = arena_strdup(c->arena, s);

	for (char *p = text; *p != '\0'; p++) {
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + 32);
	}
	return text;
}

static const char *
value_of(struct check *c, const char *name)
{
	return strcmp(name, "bucket") == 0 ? c->bucket :
					     json_str_or(c->form->fields, name, "");
}

/* Of types, all between commas must begin so. */
static int
begins(const char *name, const char *value, const char *with)
{
	size_t n = strlen(with);
	int all = strcmp(name, "content-type") == 0;

	for (;;) {
		if (strncmp(value, with, n) != 0)
			return 0;
		value += strcspn(value, ",");
		if (!all || *value == '\0')
			return 1;
		value += 1 + strspn(value + 1, " ");
	}
}

static int
check_range(struct check *c, const json_t *row)
{
	const json_t *min = json_array_get(row, 1), *max = json_array_get(row, 2);

	if (!json_is_integer(min) || !json_is_integer(max))
		return invalid(c, "Invalid content-length-range.");
	if (json_integer_value(min) > c->form->min)
		c->form->min = json_integer_value(min);
	if (json_integer_value(max) < c->form->max)
		c->form->max = json_integer_value(max);
	return 0;
}

/* ["eq", "$acl", "public-read"] */
static int
check_row(struct check *c, const json_t *row)
{
	const char *how = json_string_value(json_array_get(row, 0)),
		   *name = json_string_value(json_array_get(row, 1)),
		   *value = json_string_value(json_array_get(row, 2));
	int is_prefix;

	if (json_array_size(row) != 3 || how == NULL)
		return invalid(c, "Invalid Condition: 3 elements are required.");
	how = lowered(c, how);
	if (strcmp(how, "content-length-range") == 0)
		return check_range(c, row);
	is_prefix = strcmp(how, "starts-with") == 0;
	if ((!is_prefix && strcmp(how, "eq") != 0) || name == NULL || *name != '$' ||
	    value == NULL)
		return invalid(c, "Invalid Condition: unknown operation or field.");
	name = lowered(c, name + 1);
	json_set_bool(c->said, name, 1);
	return (is_prefix ? begins(name, value_of(c, name), value) :
			    strcmp(value_of(c, name), value) == 0) ?
	    0 :
	    failed(c, row);
}

/* {"acl": "public-read"} */
static int
check_simple(struct check *c, const json_t *condition)
{
	const char *name;
	json_t *v;

	if (json_object_size(condition) != 1)
		return invalid(c,
		    "Invalid Simple-Condition: Simple-Conditions must have exactly one property "
		    "specified.");
	json_object_foreach((json_t *)(uintptr_t)condition, name, v) {
		const char *small = lowered(c, name);

		if (!json_is_string(v))
			return invalid(c,
			    "Invalid Simple-Condition: value must be a string.");
		json_set_bool(c->said, small, 1);
		if (strcmp(value_of(c, small), json_string_value(v)) != 0)
			return failed(c,
			    json_own(c->arena,
				json_make("[s, s, s]", "eq",
				    arena_printf(c->arena, "$%.*s", MAX_NAME, name),
				    json_string_value(v))));
	}
	return 0;
}

/* Every field must be one that the policy knows. */
static int
check_extra(struct check *c)
{
	static const char *const exempt[] = { "policy", "x-amz-signature", "signature",
		"awsaccesskeyid" };
	const char *name;
	const json_t *v;

	json_object_foreach(c->form->fields, name, v) {
		int is_fine =
		    json_get(c->said, name) != NULL || strncmp(name, "x-ignore-", 9) == 0;

		for (size_t i = 0; i < COUNT(exempt); i++)
			is_fine |= strcmp(name, exempt[i]) == 0;
		if (!is_fine)
			return err_set(c->err, &s3_denied,
			    "Invalid according to Policy: Extra input fields: %.*s",
			    MAX_NAME, name);
	}
	return 0;
}

static int
check_conditions(struct check *c, const json_t *list)
{
	const json_t *row;
	size_t i;

	json_array_foreach(list, i, row) {
		if ((json_is_array(row)		? check_row(c, row) :
			    json_is_object(row) ? check_simple(c, row) :
						  invalid(c, "Invalid Condition.")) < 0)
			return -1;
	}
	return check_extra(c);
}

int
s3_form_check(struct arena *a, const char *policy, const char *bucket, int64_t now_ms,
    struct s3_form *form, struct err *err)
{
	struct check c = { a, form, bucket, json_own(a, json_new_object()), err };
	const char *until;
	unsigned char *bytes;
	struct err why;
	json_t *doc;
	int64_t until_ms;
	size_t n;

	if (!base64_decode(a, policy, strlen(policy), &bytes, &n) ||
	    json_read_in(a, (const char *)bytes, n, &doc, &why) < 0 ||
	    !json_is_object(doc))
		return invalid(&c, "Invalid JSON.");
	until = json_str(doc, "expiration");
	if (until == NULL)
		return invalid(&c, "Policy missing expiration.");
	if (!json_is_array(json_get(doc, "conditions")))
		return invalid(&c, "Policy missing conditions.");
	if (!clock_parse_iso8601(until, &until_ms))
		return invalid(&c, "Invalid 'expiration' value.");
	if (until_ms <= now_ms)
		return err_set(err, &s3_denied,
		    "Invalid according to Policy: Policy expired.");
	return check_conditions(&c, json_get(doc, "conditions"));
}
