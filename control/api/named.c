#include "control/api/named.h"

#include <ctype.h>
#include <string.h>

#include "control/api/resource.h"

enum { PAGE_MIN = 20, PAGE_MAX = 100 };

char *
named_identifier(struct call *c, const char *text, const char *what, size_t max,
    const struct err_kind *bad)
{
	char *out = arena_strdup(c->arena, text);
	size_t n = strlen(text);
	int is_bad = n == 0 || n > max || !isalpha((unsigned char)text[0]);

	for (size_t i = 0; i < n; i++) {
		out[i] = (char)tolower((unsigned char)text[i]);
		is_bad |= !isalnum((unsigned char)text[i]) && text[i] != '-';
		is_bad |= text[i] == '-' && (i + 1 == n || text[i + 1] == '-');
	}
	if (!is_bad)
		return out;
	err_set_fn(&c->err, bad,
	    "The parameter %s is not a valid identifier. Identifiers must begin with a "
	    "letter; must contain only ASCII letters, digits, and hyphens; and must not "
	    "end with a hyphen or contain two consecutive hyphens.",
	    what);
	return NULL;
}

int
named_page(struct call *c, const char *member, const char *key, json_t *rows,
    const struct err_kind *bad)
{
	int64_t max = in_int(c, "MaxRecords", PAGE_MAX);
	const char *marker = in_str(c, "Marker");
	json_t *page = json_own(c->arena, json_new_array()), *row;
	size_t i;

	if (max < PAGE_MIN || max > PAGE_MAX)
		return err_set(&c->err, bad,
		    "Invalid value %lld for MaxRecords. Must be between %d and %d",
		    (long long)max, PAGE_MIN, PAGE_MAX);
	rows = resource_sorted(c, rows, key);
	json_array_foreach(rows, i, row) {
		if (marker != NULL && strcmp(json_str_or(row, key, ""), marker) <= 0)
			continue;
		if (json_array_size(page) == (size_t)max) {
			out_str(c, "Marker",
			    json_str(json_array_get(page, (size_t)max - 1), key));
			break;
		}
		json_add(page, json_incref(row));
	}
	out_ref(c, member, page);
	return 0;
}

json_t *
named_all(struct call *c, const char *kind)
{
	json_t *rows = json_own(c->arena, json_new_array());
	struct store_docs docs;

	if (store_list(c->txn, c->scope, kind, &docs, &c->err) < 0)
		return NULL;
	for (size_t i = 0; i < docs.n; i++)
		json_add(rows, json_incref(docs.doc[i]));
	return rows;
}
