/*
 * Route 53: the service, and what its families share.
 */
#include "control/services/route53/route53.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

const struct err_kind r53_no_zone = { "NoSuchHostedZone", 404 };
const struct err_kind r53_bad_input = { "InvalidInput", 400 };
const struct err_kind r53_no_set = { "NoSuchDelegationSet", 400 };
const struct err_kind r53_bad_name = { "InvalidDomainName", 400 };
const struct err_kind r53_limits = { "LimitsExceeded", 400 };

int
r53_ask(struct call *c, const char *resource)
{
	struct auth_question q = { .resource = "*" };

	if (resource != NULL)
		q.resource = arena_printf(c->arena, "arn:aws:route53:::%s", resource);
	return call_ask(c, &q);
}

const char *
r53_bare_id(const char *id)
{
	const char *slash = strrchr(id, '/');

	return slash != NULL ? slash + 1 : id;
}

/* Zones */

static int
zone_find(struct call *c, const char *member, int is_edit, json_t **ret)
{
	const char *id = r53_bare_id(in_str(c, member));
	int rc;

	if (r53_ask(c, arena_printf(c->arena, "hostedzone/%s", id)) < 0)
		return -1;
	rc = is_edit ? store_edit(c->txn, c->scope, R53_ZONE, id, ret, &c->err) :
		       store_get(c->txn, c->scope, R53_ZONE, id, ret, &c->err);
	if (rc < 0)
		return -1;
	return rc > 0 ?
	    0 :
	    err_set(&c->err, &r53_no_zone, "No hosted zone found with ID: %s", id);
}

int
r53_zone_get(struct call *c, const char *member, json_t **ret)
{
	return zone_find(c, member, 0, ret);
}

int
r53_zone_edit(struct call *c, const char *member, json_t **ret)
{
	return zone_find(c, member, 1, ret);
}

void
r53_zone_put(struct call *c, json_t *zone)
{
	store_put(c->txn, c->scope, R53_ZONE, r53_zone_id(zone), zone);
}

const char *
r53_zone_id(const json_t *zone)
{
	return r53_bare_id(json_str_or(zone, "Id", ""));
}

int
r53_zone_is_private(const json_t *zone)
{
	return json_bool(json_get(zone, "Config"), "PrivateZone", 0);
}

json_t *
r53_zone_show(struct call *c, const json_t *zone)
{
	json_t *row = json_own(c->arena, json_copy_deep(zone));

	json_del(row, "Tags");
	return row;
}

int
r53_names(struct call *c, const json_t *zone, struct store_docs *ret)
{
	struct store_docs all;
	json_t **docs;

	if (store_list(c->txn, c->scope, R53_NAME, &all, &c->err) < 0)
		return -1;
	docs = arena_calloc(c->arena, all.n + 1, sizeof(json_t *));
	ret->n = 0;
	for (size_t i = 0; i < all.n; i++) {
		if (strcmp(json_str_or(all.doc[i], "Zone", ""), r53_zone_id(zone)) == 0)
			docs[ret->n++] = all.doc[i];
	}
	ret->doc = docs;
	return 0;
}

/* Changes */

/* The serial of the next change: 0 and *ret, or -1. */
static int
next_serial(struct call *c, int64_t *ret)
{
	json_t *doc;
	int rc = store_edit(c->txn, STORE_SYSTEM, R53_SERIAL, "main", &doc, &c->err);

	if (rc < 0)
		return -1;
	if (rc == 0)
		doc = json_own(c->arena, json_new_object());
	*ret = json_int(doc, "n", 0) + 1;
	json_set_int(doc, "n", *ret);
	store_put(c->txn, STORE_SYSTEM, R53_SERIAL, "main", doc);
	return 0;
}

json_t *
r53_change(struct call *c, json_t *zone, const char *comment)
{
	static const char abc[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	json_t *doc = json_own(c->arena, json_new_object()), *old;
	const char *slot;
	char text[14];
	int64_t serial;

	if (next_serial(c, &serial) < 0)
		return NULL;
	slot = arena_printf(c->arena, "%d", (int)(serial % R53_CHANGES));
	if (store_get(c->txn, c->scope, R53_CHANGE, slot, &old, &c->err) < 0)
		return NULL;
	random_text(text, sizeof(text) - 1, abc);
	json_set_fmt(doc, "Id", "/change/C%s%04d", text, (int)(serial % R53_CHANGES));
	json_set_str(doc, "Status", "PENDING");
	json_set(doc, "SubmittedAt", call_now(c));
	json_set_str(doc, "Comment", comment);
	json_set_int(doc, "_serial", serial);
	if (zone != NULL) {
		json_set_int(zone, "_serial", serial);
		json_set_str(doc, "_zone", r53_zone_id(zone));
	}
	store_put(c->txn, c->scope, R53_CHANGE, slot, doc);
	return json_own(c->arena, json_copy_shallow(doc));
}

/* Pages */

int
r53_page_size(struct call *c, size_t max, size_t *ret)
{
	const char *text = in_str(c, "MaxItems");
	char *end;
	long n;

	*ret = max;
	if (text == NULL)
		return 0;
	n = strtol(text, &end, 10);
	if (*end != '\0' || end == text || n < 1)
		return err_set(&c->err, &r53_bad_input,
		    "The value '%.60s' of MaxItems is not valid: a whole number from 1 on is expected.",
		    text);
	if ((size_t)n < max)
		*ret = (size_t)n;
	return 0;
}

/* Name servers */

json_t *
r53_servers(struct call *c, int is_private)
{
	static const char *const suffixes[] = { "com", "net", "org", "co.uk" };
	json_t *servers = json_own(c->arena, json_new_array());
	unsigned char dice[3 * COUNT(suffixes)] = { 0 };

	if (!is_private)
		random_bytes(dice, sizeof(dice));
	for (size_t i = 0; i < COUNT(suffixes); i++) {
		const unsigned char *d = dice + 3 * i;

		json_add_str(servers,
		    arena_printf(c->arena, "ns-%d.awsdns-%02d.%s",
			(int)(512 * i) + (d[0] << 1 | (d[1] & 1)), d[2] & 63,
			suffixes[i]));
	}
	return servers;
}

static const struct family *const families[] = {
	&route53_changes,
	&route53_delegation_sets,
	&route53_limits,
	&route53_record_lists,
	&route53_records,
	&route53_tags,
	&route53_vpcs,
	&route53_zone_lists,
	&route53_zones,
	NULL,
};

const struct service route53_service = {
	.name = "route53",
	.families = families,
};
