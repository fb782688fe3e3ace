#include <stdlib.h>
#include <string.h>

#include "netdns/fabric_internal.h"

int
fabric_read_peering(struct fabric_reader *r, const json_t *doc, size_t i, struct err *err)
{
	struct fabric_peering *p = &r->peerings[i];
	const json_t *all;
	size_t n;

	p->id = json_str(doc, "id");
	if (fabric_array(doc, "vpcs", 2, &all, &n, err) < 0)
		return -1;
	for (size_t k = 0; k < n; k++) {
		long v =
		    fabric_find(r->at->vpcs, json_string_value(json_array_get(all, k)));

		p->vpc[k] = v < 0 ? NULL : &r->vpcs[v];
	}
	return 0;
}

static long
find_in(const json_t *list, const char *id)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one) {
		if (id != NULL && strcmp(json_str_or(one, "id", ""), id) == 0)
			return (long)i;
	}
	return -1;
}

static int
read_attachment(struct fabric_reader *r, const json_t *transit, const json_t *doc,
    struct fabric_attachment *at, const struct fabric_transit_table *tables,
    struct err *err)
{
	long k = fabric_find(r->at->vpcs, json_str(doc, "vpc"));
	const struct fabric_subnet **list;
	const json_t *all;
	size_t n;

	at->vpc = k < 0 ? NULL : &r->vpcs[k];
	k = fabric_find(r->at->transits, json_str(doc, "peer"));
	at->peer = k < 0 ? NULL : &r->transits[k];
	at->peer_attachment = json_str(doc, "peer_attachment");
	k = find_in(json_get(transit, "tables"), json_str(doc, "table"));
	at->table = k < 0 ? NULL : &tables[k];
	if (fabric_text(doc, "id", &at->id, err) < 0 ||
	    fabric_array(doc, "subnets", FABRIC_MAX, &all, &n, err) < 0)
		return -1;
	list = arena_calloc(r->a, n + 1, sizeof(struct fabric_subnet *));
	for (size_t i = 0; i < n; i++) {
		k = fabric_find(r->at->subnets,
		    json_string_value(json_array_get(all, i)));
		if (k >= 0)
			list[at->n_subnets++] = &r->subnets[k];
	}
	at->subnets = list;
	return 0;
}

static int
by_transit_length(const void *a, const void *b)
{
	const struct fabric_transit_route *x = a, *y = b;
	int rc;

	if (x->to.len != y->to.len)
		return x->to.len > y->to.len ? -1 : 1;
	rc = ip_compare(&x->to.ip, &y->to.ip);
	return rc != 0 ? rc : x->is_propagated - y->is_propagated;
}

static int
read_transit_table(struct fabric_reader *r, const json_t *transit, const json_t *doc,
    struct fabric_transit_table *t, const struct fabric_attachment *attachments,
    struct err *err)
{
	struct fabric_transit_route *list;
	const json_t *all;

	if (fabric_text(doc, "id", &t->id, err) < 0 ||
	    fabric_array(doc, "routes", FABRIC_MAX, &all, &t->n_routes, err) < 0)
		return -1;
	t->routes = list = arena_calloc(r->a, t->n_routes + 1, sizeof(*list));
	for (size_t i = 0; i < t->n_routes; i++) {
		const json_t *one = json_array_get(all, i);
		long k = find_in(json_get(transit, "attachments"),
		    json_str(one, "attachment"));

		list[i].attachment = k < 0 ? NULL : &attachments[k];
		list[i].is_propagated = json_bool(one, "propagated", 0);
		if (fabric_cidr(one, "to", 1, &list[i].to, err) < 0)
			return err_wrap(err, "routes[%zu]", i);
	}
	qsort(list, t->n_routes, sizeof(*list), by_transit_length);
	return 0;
}

int
fabric_read_transit(struct fabric_reader *r, const json_t *doc, size_t i, struct err *err)
{
	struct fabric_transit *t = &r->transits[i];
	struct fabric_attachment *attachments;
	struct fabric_transit_table *tables;
	const json_t *at, *tb;

	t->id = json_str(doc, "id");
	if (fabric_array(doc, "attachments", FABRIC_MAX, &at, &t->n_attachments, err) <
		0 ||
	    fabric_array(doc, "tables", FABRIC_MAX, &tb, &t->n_tables, err) < 0)
		return -1;
	t->attachments = attachments =
	    arena_calloc(r->a, t->n_attachments + 1, sizeof(*attachments));
	t->tables = tables = arena_calloc(r->a, t->n_tables + 1, sizeof(*tables));
	for (size_t k = 0; k < t->n_attachments; k++) {
		if (read_attachment(r, doc, json_array_get(at, k), &attachments[k],
			tables, err) < 0)
			return err_wrap(err, "attachments[%zu]", k);
	}
	for (size_t k = 0; k < t->n_tables; k++) {
		if (read_transit_table(r, doc, json_array_get(tb, k), &tables[k],
			attachments, err) < 0)
			return err_wrap(err, "tables[%zu]", k);
	}
	return 0;
}
