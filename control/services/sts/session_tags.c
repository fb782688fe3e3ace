/*
 * STS: tags of sessions, those that are handed on, and who somebody is at the source.
 */
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "control/services/sts/sts.h"

static const struct err_kind bad_value = { "InvalidParameterValue", 400 };

enum { MAX_TAGS = 50 };

static int
check_tags(struct call *c, const json_t *tags)
{
	const json_t *tag, *other;
	size_t i, k;

	if (json_array_size(tags) > MAX_TAGS)
		return err_set(&c->err, &sts_invalid,
		    "1 validation error detected: Value at 'tags' failed to satisfy constraint: "
		    "Member must have length less than or equal to %d",
		    MAX_TAGS);
	json_array_foreach(tags, i, tag) {
		const char *key = json_str_or(tag, "Key", "");

		if (strncasecmp(key, "aws:", 4) == 0)
			return err_set(&c->err, &bad_value,
			    "Tag keys starting with 'aws:' are reserved");
		for (k = 0; k < i; k++) {
			other = json_array_get(tags, k);
			if (strcasecmp(json_str_or(other, "Key", ""), key) == 0)
				return err_set(&c->err, &bad_value,
				    "Duplicate tag keys found. Please note that Tag keys are "
				    "case insensitive.");
		}
	}
	return 0;
}

/* The member of an object whose name is the same but for case; NULL. */
static const char *
find_nocase(const json_t *object, const char *key)
{
	const char *name;
	json_t *ignored;

	json_object_foreach((json_t *)(uintptr_t)object, name, ignored) {
		if (strcasecmp(name, key) == 0)
			return name;
	}
	return NULL;
}

static int
add_own(struct call *c, json_t *all, json_t *next, const json_t *tags,
    const json_t *transitive)
{
	const json_t *tag, *key;
	size_t i;

	json_array_foreach(tags, i, tag) {
		const char *name = json_str_or(tag, "Key", "");

		if (find_nocase(all, name) != NULL)
			return err_set(&c->err, &bad_value,
			    "One of the specified transitive tag keys can't be set because it "
			    "conflicts with a transitive tag key from the calling session.");
		json_set_str(all, name, json_str_or(tag, "Value", ""));
	}
	json_array_foreach(transitive, i, key) {
		const char *name = find_nocase(all, json_string_value(key));

		if (name == NULL)
			return err_set(&c->err, &bad_value,
			    "The specified transitive tag key must be included in the requested "
			    "tags.");
		json_add_str(next, name);
	}
	return 0;
}

int
sts_take_tags(struct call *c, const json_t *tags, const json_t *transitive,
    const char *source_identity, struct session *s)
{
	json_t *all = json_own(c->arena, json_new_object());
	json_t *next = json_own(c->arena, json_new_array());
	const char *was = c->who.source_identity;
	const json_t *key;
	size_t i;

	/* What comes with the caller, whatever he asks for. */
	json_array_foreach(c->who.transitive, i, key) {
		const char *name = json_string_value(key);

		json_set_str(all, name, json_str_or(c->who.tags, name, ""));
		json_add_str(next, name);
	}
	if (check_tags(c, tags) < 0 || add_own(c, all, next, tags, transitive) < 0)
		return -1;
	if (was != NULL && source_identity != NULL && strcmp(was, source_identity) != 0)
		return err_set(&c->err, &sts_denied,
		    "The source identity of a session cannot be changed.");
	if (source_identity != NULL && strncasecmp(source_identity, "aws:", 4) == 0)
		return err_set(&c->err, &bad_value,
		    "Source identity cannot begin with 'aws:'");
	s->source_identity = was != NULL ? was : source_identity;
	s->tags = json_object_size(all) > 0 ? all : NULL;
	s->transitive = json_array_size(next) > 0 ? next : NULL;
	return 0;
}

void
sts_tag_context(struct call *c, const json_t *tags, const json_t *transitive,
    const char *source_identity, json_t *context)
{
	json_t *keys = json_new_array();
	const json_t *tag;
	size_t i;

	json_array_foreach(tags, i, tag) {
		const char *key = json_str_or(tag, "Key", "");

		json_set_str(context, arena_printf(c->arena, "aws:RequestTag/%s", key),
		    json_str_or(tag, "Value", ""));
		json_add_str(keys, key);
	}
	if (json_array_size(keys) > 0)
		json_set(context, "aws:TagKeys", keys);
	else
		json_decref(keys);
	if (json_array_size(transitive) > 0)
		json_set(context, "sts:TransitiveTagKeys", json_copy_deep(transitive));
	json_set_str(context, "sts:SourceIdentity", source_identity);
}

void
sts_tag_actions(const json_t *tags, const char *source_identity,
    const char *ret[STS_MAX_ACTIONS])
{
	size_t n = 0;

	if (json_array_size(tags) > 0)
		ret[n++] = "sts:TagSession";
	if (source_identity != NULL)
		ret[n++] = "sts:SetSourceIdentity";
	ret[n] = NULL;
}
