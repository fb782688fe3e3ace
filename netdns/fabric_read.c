#include <stdlib.h>
#include <string.h>

#include "netdns/fabric_internal.h"

/* Lists, groups, ACLs */

int
fabric_read_list(struct fabric_reader *r, const json_t *doc, size_t i, struct err *err)
{
	struct fabric_list *l = &r->lists[i];

	l->id = json_str(doc, "id");
	return fabric_cidrs(r, doc, "cidrs", &l->cidrs, &l->n_cidrs, err);
}

static const char
    *const direction_name[] = { [DIR_IN] = "ingress", [DIR_OUT] = "egress" };

/* 1, 0 when what it is about is not there any more, -1. */
static int
read_rule(struct fabric_reader *r, const json_t *doc, struct fabric_rule *rule,
    struct err *err)
{
	const char *list, *group;
	long k;

	rule->id = json_str_or(doc, "id", "");
	if (fabric_ports(doc, &rule->ports, err) < 0 ||
	    fabric_cidr(doc, "cidr", 0, &rule->cidr, err) < 0 ||
	    fabric_text_or_none(doc, "list", &list, err) < 0 ||
	    fabric_text_or_none(doc, "group", &group, err) < 0)
		return -1;
	if (list != NULL && (k = fabric_find(r->at->lists, list)) >= 0)
		rule->list = &r->lists[k];
	if (group != NULL && (k = fabric_find(r->at->groups, group)) >= 0) {
		rule->group = &r->groups[k];
		r->groups[k].is_referred = 1;
	}
	return rule->cidr.ip.version != 0 || rule->list != NULL || rule->group != NULL;
}

int
fabric_read_group(struct fabric_reader *r, const json_t *doc, size_t i, struct err *err)
{
	struct fabric_group *g = &r->groups[i];

	g->id = json_str(doc, "id");
	g->vpc = json_str_or(doc, "vpc", "");
	for (size_t d = 0; d < COUNT(direction_name); d++) {
		struct fabric_rule *rules;
		const json_t *all;
		size_t n;

		if (fabric_array(doc, direction_name[d], FABRIC_MAX, &all, &n, err) < 0)
			return -1;
		g->rules[d] = rules = arena_calloc(r->a, n + 1, sizeof(*rules));
		for (size_t k = 0; k < n; k++) {
			int rc = read_rule(r, json_array_get(all, k),
			    &rules[g->n_rules[d]], err);

			if (rc < 0)
				return err_wrap(err, "%s[%zu]", direction_name[d], k);
			if (rc == 0)
				rules[g->n_rules[d]] = (struct fabric_rule){ 0 };
			g->n_rules[d] += rc > 0;
		}
	}
	return 0;
}

static int
by_rule_number(const void *a, const void *b)
{
	const struct fabric_entry *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

int
fabric_read_acl(struct fabric_reader *r, const json_t *doc, size_t i, struct err *err)
{
	struct fabric_acl *acl = &r->acls[i];

	acl->id = json_str(doc, "id");
	for (size_t d = 0; d < COUNT(direction_name); d++) {
		struct fabric_entry *e;
		const json_t *all;
		size_t n;

		if (fabric_array(doc, direction_name[d], FABRIC_MAX, &all, &n, err) < 0)
			return -1;
		acl->entries[d] = e = arena_calloc(r->a, n + 1, sizeof(*e));
		acl->n_entries[d] = n;
		for (size_t k = 0; k < n; k++) {
			const json_t *one = json_array_get(all, k);

			e[k].is_allow = json_bool(one, "allow", 0);
			if (fabric_number(one, "number", 1, 32767, 0, &e[k].number, err) <
				0 ||
			    fabric_ports(one, &e[k].ports, err) < 0 ||
			    fabric_cidr(one, "cidr", 1, &e[k].cidr, err) < 0)
				return err_wrap(err, "%s[%zu]", direction_name[d], k);
		}
		qsort(e, n, sizeof(*e), by_rule_number);
	}
	return 0;
}

/* Route tables */

static const char *const route_kinds[] = {
	[ROUTE_LOCAL] = "local",
	[ROUTE_INTERNET] = "internet",
	[ROUTE_EGRESS] = "egress",
	[ROUTE_INTERFACE] = "interface",
	[ROUTE_PEERING] = "peering",
	[ROUTE_TRANSIT] = "transit",
	[ROUTE_CONTROL] = "control",
	[ROUTE_NOWHERE] = "nowhere",
};

static int
read_route(struct fabric_reader *r, const json_t *doc, struct fabric_route *out,
    struct err *err)
{
	const char *kind = json_str_or(doc, "kind", "");
	size_t i = 0;
	long k;

	while (i < COUNT(route_kinds) && strcmp(route_kinds[i], kind) != 0)
		i++;
	if (i == COUNT(route_kinds))
		return FABRIC_WRONG(err, "kind", "is none of a route");
	out->kind = (enum route_kind)i;
	out->id = json_str_or(doc, "id", "local");
	if (fabric_cidr(doc, "to", 1, &out->to, err) < 0)
		return -1;
	k = fabric_find(r->at->enis, json_str(doc, "eni"));
	out->eni = k < 0 || r->enis[k].vpc == NULL ? NULL : &r->enis[k];
	k = fabric_find(r->at->peerings, out->id);
	if (k >= 0 && r->peerings[k].vpc[0] != NULL && r->peerings[k].vpc[1] != NULL)
		out->peering = &r->peerings[k];
	k = fabric_find(r->at->transits, out->id);
	out->transit = k < 0 ? NULL : &r->transits[k];
	/* A target that is not there is a black hole. */
	if ((out->kind == ROUTE_INTERFACE && out->eni == NULL) ||
	    (out->kind == ROUTE_PEERING && out->peering == NULL) ||
	    (out->kind == ROUTE_TRANSIT && out->transit == NULL))
		out->kind = ROUTE_NOWHERE;
	return 0;
}

static int
by_length(const void *a, const void *b)
{
	const struct fabric_route *x = a, *y = b;

	if (x->to.len != y->to.len)
		return x->to.len > y->to.len ? -1 : 1;
	return ip_compare(&x->to.ip, &y->to.ip);
}

int
fabric_read_table(struct fabric_reader *r, const json_t *doc, size_t i, struct err *err)
{
	struct fabric_table *t = &r->tables[i];
	struct fabric_route *list;
	const json_t *all;

	t->id = json_str(doc, "id");
	if (fabric_array(doc, "routes", FABRIC_MAX, &all, &t->n_routes, err) < 0)
		return -1;
	t->routes = list = arena_calloc(r->a, t->n_routes + 1, sizeof(*list));
	for (size_t k = 0; k < t->n_routes; k++) {
		if (read_route(r, json_array_get(all, k), &list[k], err) < 0)
			return err_wrap(err, "routes[%zu]", k);
	}
	qsort(list, t->n_routes, sizeof(*list), by_length);
	return 0;
}
