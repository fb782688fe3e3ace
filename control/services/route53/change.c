/*
 * Route 53: whether a change is known to all who answer.
 */
#include <stdlib.h>
#include <string.h>

#include "control/services/route53/route53.h"
#include "control/services/route53/view.h"

static const struct err_kind no_change = { "NoSuchChange", 404 };

/* Where it is kept: its last four digits. */
static const char *
slot_of(struct call *c, const char *id)
{
	size_t n = strlen(id);

	if (n < 5)
		return "-";
	return arena_printf(c->arena, "%ld", strtol(id + n - 4, NULL, 10));
}

static int
get(struct call *c)
{
	const char *id = r53_bare_id(in_str(c, "Id"));
	json_t *doc, *row;
	int rc;

	if (r53_ask(c, arena_printf(c->arena, "change/%s", id)) < 0)
		return -1;
	rc = store_get(c->txn, c->scope, R53_CHANGE, slot_of(c, id), &doc, &c->err);
	if (rc < 0)
		return -1;
	if (rc == 0 || strcmp(r53_bare_id(json_str_or(doc, "Id", "")), id) != 0)
		return err_set(&c->err, &no_change, "Could not find resource with ID: %s",
		    id);
	rc = r53_view_is_known(c, doc);
	if (rc < 0)
		return -1;
	row = json_own(c->arena, json_copy_deep(doc));
	json_set_str(row, "Status", rc ? "INSYNC" : "PENDING");
	out_ref(c, "ChangeInfo", row);
	return 0;
}

static const struct op ops[] = {
	R53("GetChange", get, OP_READ, "Say whether a change is known everywhere."),
};
const struct family route53_changes = FAMILY(ops, NULL);
