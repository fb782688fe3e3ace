#include "control/iam/managed_table.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* What a word adds to depends on those before it in its statement. */
struct reading {
	json_t *statement;
	json_t *keys;	  /* of the operator, once there is one */
	char service[64]; /* "ec2:" */
};

static void
add_key(json_t *keys, const char *word)
{
	const char *at = strchr(word, '=');
	char name[128];

	assert(at != NULL && (size_t)(at - word) < sizeof(name));
	snprintf(name, sizeof(name), "%.*s", (int)(at - word), word);
	do {
		size_t n = strcspn(++at, ",");

		json_add(json_need_array(keys, name), json_new_strn(at, n));
		at += n;
	} while (*at == ',');
}

static void
add_action(struct reading *r, const char *word)
{
	const char *colon = strchr(word, ':');
	json_t *actions = json_need_array(r->statement, "Action");
	char action[160];

	if (colon != NULL)
		snprintf(r->service, sizeof(r->service), "%.*s", (int)(colon - word) + 1,
		    word);
	else if (strcmp(word, "*") == 0)
		r->service[0] = '\0';
	snprintf(action, sizeof(action), "%s%s", r->service,
	    colon != NULL ? colon + 1 : word);
	json_add_str(actions, action);
}

static void
add_word(struct reading *r, const char *word)
{
	if (*word == '@') {
		json_add_str(json_need_array(r->statement, "Resource"), word + 1);
	} else if (*word == '?') {
		r->keys = json_need_object(json_need_object(r->statement, "Condition"),
		    word + 1);
	} else if (r->keys != NULL) {
		add_key(r->keys, word);
	} else if (*word == '!') {
		json_set_str(r->statement, "Effect", "Deny");
		add_action(r, word + 1);
	} else {
		add_action(r, word);
	}
}

static json_t *
read_statement(const char **text)
{
	struct reading r = { .statement = json_new_object() };
	char word[512];

	json_set_str(r.statement, "Effect", "Allow");
	while (**text != '\0' && **text != ';') {
		size_t n = strcspn(*text, " ;");

		assert(n > 0 && n < sizeof(word));
		snprintf(word, sizeof(word), "%.*s", (int)n, *text);
		add_word(&r, word);
		*text += n;
		*text += **text == ' ';
	}
	if (json_get(r.statement, "Resource") == NULL)
		json_set_str(r.statement, "Resource", "*");
	return r.statement;
}

json_t *
managed_document(const char *text)
{
	json_t *doc = json_make("{s:s}", "Version", "2012-10-17");
	json_t *statements = json_need_array(doc, "Statement");

	while (*text != '\0') {
		json_add(statements, read_statement(&text));
		if (*text == ';')
			text += 2;
	}
	return doc;
}
