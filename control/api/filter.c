/*
 * Filters of Describe operations: paths into documents, values with wildcards.
 */
#include <stdio.h>
#include <string.h>

#include "control/api/call.h"
#include "control/api/resource.h"

static const struct err_kind bad_filter = { "InvalidParameterValue", 400 };
static const struct err_kind too_many = { "FilterLimitExceeded", 400 };

enum { MAX_VALUES = 200 };

static int
wildcard_match(const char *pattern, const char *text)
{
	const char *star = NULL, *mark = NULL;

	while (*text != '\0') {
		if (*pattern == '*') {
			star = pattern++;
			mark = text;
			continue;
		}
		if (*pattern == '\\' && pattern[1] != '\0' && pattern[1] == *text) {
			pattern += 2;
			text++;
			continue;
		}
		if (*pattern != '\\' && (*pattern == '?' || *pattern == *text) &&
		    *pattern != '\0') {
			pattern++;
			text++;
			continue;
		}
		if (star == NULL)
			return 0;
		pattern = star + 1;
		text = ++mark;
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

static int
scalar(const json_t *v, path_fn *fn, void *arg)
{
	char text[64];

	if (json_is_string(v))
		return fn(arg, json_string_value(v));
	if (json_is_boolean(v))
		return fn(arg, json_is_true(v) ? "true" : "false");
	if (json_is_integer(v))
		snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(v));
	else if (json_is_real(v))
		clock_iso8601((int64_t)(json_real_value(v) * 1000.0), 1, text);
	else
		return 0;
	return fn(arg, text);
}

int
path_each(const json_t *v, const char *path, path_fn *fn, void *arg)
{
	const json_t *element;
	const char *dot;
	size_t i;

	if (json_is_array(v)) {
		json_array_foreach(v, i, element) {
			if (path_each(element, path, fn, arg))
				return 1;
		}
		return 0;
	}
	if (*path == '\0')
		return scalar(v, fn, arg);
	if (!json_is_object(v))
		return 0;
	dot = path + strcspn(path, ".");
	return path_each(json_object_getn(v, path, (size_t)(dot - path)),
	    *dot == '.' ? dot + 1 : dot, fn, arg);
}

/* Does any of the values (patterns) match? */
static int
any_value(void *arg, const char *text)
{
	const json_t *values = arg, *v;
	size_t i;

	json_array_foreach(values, i, v) {
		if (wildcard_match(json_string_value(v), text))
			return 1;
	}
	return 0;
}

static int
match_tag(const json_t *tags, const char *key, json_t *values)
{
	const json_t *tag;
	size_t i;

	json_array_foreach(tags, i, tag) {
		if (strcmp(json_str_or(tag, "Key", ""), key) == 0)
			return any_value(values, json_str_or(tag, "Value", ""));
	}
	return 0;
}

/* The row of a filter, or NULL. */
static const struct filter *
filter_find(const struct resource *r, const char *name)
{
	for (const struct filter *f = r->filters; f != NULL && f->name != NULL; f++) {
		if (strcmp(f->name, name) == 0)
			return f;
	}
	return NULL;
}

static int
match_one(const struct resource *r, const json_t *doc, const json_t *filter)
{
	const char *name = json_str_or(filter, "Name", "");
	json_t *values = json_get(filter, "Values");
	const json_t *tags = json_get(doc, resource_tags_member(r));
	const struct filter *f;

	if (strncmp(name, "tag:", 4) == 0)
		return match_tag(tags, name + 4, values);
	if (strcmp(name, "tag-key") == 0)
		return path_each(tags, "Key", any_value, values);
	if (strcmp(name, "tag-value") == 0)
		return path_each(tags, "Value", any_value, values);
	f = filter_find(r, name);
	return f != NULL && path_each(doc, f->path, any_value, values);
}

/* DescribeFlowLogs says "Filter", all others "Filters". */
static const json_t *
filters_of(const struct call *c)
{
	const json_t *filters = json_get(c->in, "Filters");

	return filters != NULL ? filters : json_get(c->in, "Filter");
}

int
filter_check(struct call *c, const struct resource *r)
{
	const json_t *filter;
	size_t i;

	json_array_foreach(filters_of(c), i, filter) {
		const char *name = json_str_or(filter, "Name", "null");

		if (json_array_size(json_get(filter, "Values")) > MAX_VALUES)
			return err_set(&c->err, &too_many,
			    "The maximum number of filter values specified on a single call is %d",
			    MAX_VALUES);
		if (strncmp(name, "tag:", 4) == 0 || strcmp(name, "tag-key") == 0 ||
		    strcmp(name, "tag-value") == 0 || filter_find(r, name) != NULL)
			continue;
		return err_set(&c->err, &bad_filter, "The filter '%s' is invalid", name);
	}
	return 0;
}

int
filter_match(struct call *c, const struct resource *r, const json_t *doc)
{
	const json_t *filter;
	size_t i;

	json_array_foreach(filters_of(c), i, filter) {
		if (!match_one(r, doc, filter))
			return 0;
	}
	return 1;
}
