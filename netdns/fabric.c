#include "netdns/fabric.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cc.h"
#include "netdns/fabric_internal.h"

enum { MAX_VPCS = 4096 };

const struct err_kind fabric_bad = { "BadConfig", 400 };

long
fabric_find(const json_t *index, const char *id)
{
	return id == NULL ? -1 : (long)json_int(index, id, -1);
}

/* A kind of thing: an array of the document, made and known, then bound. */
static const struct kind {
	const char *name;
	size_t index; /* of its json_t * in struct fabric_index */
	size_t max;
	int (
	    *read)(struct fabric_reader *r, const json_t *doc, size_t i, struct err *err);
} kinds[] = {
	{ "lists", offsetof(struct fabric_index, lists), FABRIC_MAX, fabric_read_list },
	{ "acls", offsetof(struct fabric_index, acls), FABRIC_MAX, fabric_read_acl },
	{ "groups", offsetof(struct fabric_index, groups), FABRIC_MAX,
	    fabric_read_group },
	{ "vpcs", offsetof(struct fabric_index, vpcs), MAX_VPCS, fabric_read_vpc },
	{ "enis", offsetof(struct fabric_index, enis), FABRIC_MAX, fabric_read_eni },
	{ "peerings", offsetof(struct fabric_index, peerings), FABRIC_MAX,
	    fabric_read_peering },
	{ "transits", offsetof(struct fabric_index, transits), FABRIC_MAX,
	    fabric_read_transit },
	{ "tables", offsetof(struct fabric_index, tables), FABRIC_MAX,
	    fabric_read_table },
};

static json_t **
index_of(struct fabric_reader *r, const struct kind *k)
{
	return (json_t **)(void *)((char *)r->at + k->index);
}

/* Who is there: each id once. */
static int
know(struct fabric_reader *r, const json_t *doc, const struct kind *k, struct err *err)
{
	json_t *index = *index_of(r, k);
	const json_t *all;
	size_t n;

	if (fabric_array(doc, k->name, k->max, &all, &n, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const char *id;

		if (fabric_text(json_array_get(all, i), "id", &id, err) < 0)
			return err_wrap(err, "%s[%zu]", k->name, i);
		if (json_get(index, id) != NULL)
			return err_set(err, &fabric_bad, "%s[%zu]: id: is there twice",
			    k->name, i);
		json_set_int(index, id, (int64_t)i);
	}
	return 0;
}

/* Those of all VPCs, each VPC's together and in order. */
static int
know_subnets(struct fabric_reader *r, const json_t *doc, struct err *err)
{
	const json_t *vpc, *all;
	size_t i, n;

	json_array_foreach(json_get(doc, "vpcs"), i, vpc) {
		if (fabric_array(vpc, "subnets", FABRIC_MAX, &all, &n, err) < 0)
			return err_wrap(err, "vpcs[%zu]", i);
		for (size_t k = 0; k < n; k++) {
			const char *id;

			if (fabric_text(json_array_get(all, k), "id", &id, err) < 0)
				return err_wrap(err, "vpcs[%zu]: subnets[%zu]", i, k);
			if (json_get(r->at->subnets, id) != NULL)
				return err_set(err, &fabric_bad,
				    "vpcs[%zu]: subnets[%zu]: id: is there twice", i, k);
			json_set_int(r->at->subnets, id, (int64_t)r->n_subnets++);
		}
	}
	return 0;
}

static void *
many(struct fabric_reader *r, const json_t *doc, const char *name, size_t size,
    size_t *ret_n)
{
	*ret_n = json_array_size(json_get(doc, name));
	return arena_calloc(r->a, *ret_n + 1, size);
}

static void
make(struct fabric_reader *r, const json_t *doc)
{
	r->vpcs = many(r, doc, "vpcs", sizeof(*r->vpcs), &r->n_vpcs);
	r->enis = many(r, doc, "enis", sizeof(*r->enis), &r->n_enis);
	r->groups = many(r, doc, "groups", sizeof(*r->groups), &r->n_groups);
	r->acls = many(r, doc, "acls", sizeof(*r->acls), &r->n_acls);
	r->lists = many(r, doc, "lists", sizeof(*r->lists), &r->n_lists);
	r->tables = many(r, doc, "tables", sizeof(*r->tables), &r->n_tables);
	r->peerings = many(r, doc, "peerings", sizeof(*r->peerings), &r->n_peerings);
	r->transits = many(r, doc, "transits", sizeof(*r->transits), &r->n_transits);
	r->subnets = arena_calloc(r->a, r->n_subnets + 1, sizeof(*r->subnets));
}

/* Members of groups */

static int
by_number(const void *a, const void *b)
{
	return ip_compare(a, b);
}

/* How many addresses each group has at most, then the addresses. */
static void
each_member(struct fabric_reader *r,
    void (*fn)(struct fabric_group *g, const struct ip *ip))
{
	for (size_t i = 0; i < r->n_enis; i++) {
		const struct fabric_eni *e = &r->enis[i];

		for (size_t k = 0; k < e->n_groups; k++) {
			for (size_t j = 0; j < e->n_addresses; j++)
				fn(&r->groups[e->groups[k] - r->groups],
				    &e->addresses[j].ip);
		}
	}
	for (size_t i = 0; i < r->n_vpcs; i++) {
		for (size_t k = 0; k < r->vpcs[i].n_guests; k++) {
			const struct fabric_guest *g = &r->vpcs[i].guests[k];

			for (size_t j = 0; g->ip.version != 0 && j < g->n_groups; j++)
				fn(&r->groups[g->groups[j] - r->groups], &g->ip);
		}
	}
}

static void
count_member(struct fabric_group *g, const struct ip *ip UNUSED)
{
	g->n_members++;
}

/* The array is ours: made just before. */
static void
add_member(struct fabric_group *g, const struct ip *ip)
{
	union {
		const struct ip *shown;
		struct ip *made;
	} members = { .shown = g->members };

	members.made[g->n_members++] = *ip;
}

static void
sort_members(struct fabric_group *g)
{
	union {
		const struct ip *shown;
		struct ip *made;
	} members = { .shown = g->members };
	size_t n = 0;

	qsort(members.made, g->n_members, sizeof(struct ip), by_number);
	for (size_t i = 0; i < g->n_members; i++) {
		if (n == 0 || ip_compare(&members.made[n - 1], &members.made[i]) != 0)
			members.made[n++] = members.made[i];
	}
	g->n_members = n;
}

static void
gather(struct fabric_reader *r)
{
	each_member(r, count_member);
	for (size_t i = 0; i < r->n_groups; i++) {
		r->groups[i].members =
		    arena_calloc(r->a, r->groups[i].n_members + 1, sizeof(struct ip));
		r->groups[i].n_members = 0;
	}
	each_member(r, add_member);
	for (size_t i = 0; i < r->n_groups; i++)
		sort_members(&r->groups[i]);
}

/* Whole */

static struct fabric_index *
new_index(struct arena *a)
{
	struct fabric_index *at = arena_calloc(a, 1, sizeof(*at));
	json_t **all[] = { &at->vpcs, &at->subnets, &at->enis, &at->groups, &at->acls,
		&at->lists, &at->tables, &at->peerings, &at->transits, &at->privates,
		&at->publics };

	for (size_t i = 0; i < COUNT(all); i++)
		*all[i] = json_own(a, json_new_object());
	return at;
}

/* An interface of a VPC that is not there is none: the VPC has no router yet. */
static void
drop_strays(struct fabric_reader *r)
{
	/* Others point into the array, so that none may move: strays stay there, without a VPC. */
	for (size_t i = 0; i < r->n_enis; i++) {
		if (r->enis[i].vpc == NULL)
			json_del(r->at->enis, r->enis[i].id);
	}
}

static int
read_all(struct fabric_reader *r, const json_t *doc, struct err *err)
{
	for (size_t k = 0; k < COUNT(kinds); k++) {
		if (know(r, doc, &kinds[k], err) < 0)
			return -1;
	}
	if (know_subnets(r, doc, err) < 0)
		return -1;
	make(r, doc);
	for (size_t k = 0; k < COUNT(kinds); k++) {
		const json_t *all = json_get(doc, kinds[k].name);

		for (size_t i = 0; i < json_array_size(all); i++) {
			if (kinds[k].read(r, json_array_get(all, i), i, err) < 0)
				return err_wrap(err, "%s[%zu]", kinds[k].name, i);
		}
	}
	drop_strays(r);
	gather(r);
	return 0;
}

int
fabric_read(const json_t *doc, struct fabric **ret, struct err *err)
{
	struct arena *a = arena_new();
	struct fabric *f = arena_calloc(a, 1, sizeof(*f));
	struct fabric_reader r = { .a = a, .at = new_index(a) };

	/* The caller's own reference may go before the fabric does. */
	doc = json_own(a, json_incref((json_t *)(uintptr_t)doc));
	if (read_all(&r, doc, err) < 0) {
		arena_free(a);
		return -1;
	}
	*f = (struct fabric){
		.arena = a,
		.index = r.at,
		.is_isolated = json_bool(doc, "isolation", 1),
		.vpcs = r.vpcs,
		.enis = r.enis,
		.groups = r.groups,
		.acls = r.acls,
		.lists = r.lists,
		.tables = r.tables,
		.peerings = r.peerings,
		.transits = r.transits,
		.n_vpcs = r.n_vpcs,
		.n_enis = r.n_enis,
		.n_groups = r.n_groups,
		.n_acls = r.n_acls,
		.n_lists = r.n_lists,
		.n_tables = r.n_tables,
		.n_peerings = r.n_peerings,
		.n_transits = r.n_transits,
	};
	*ret = f;
	return 0;
}

void
fabric_free(struct fabric *f)
{
	if (f != NULL)
		arena_free(f->arena);
}

/* Look-ups */

const struct fabric_vpc *
fabric_vpc(const struct fabric *f, const char *id)
{
	long i = f != NULL ? fabric_find(f->index->vpcs, id) : -1;

	return i < 0 ? NULL : &f->vpcs[i];
}

const struct fabric_subnet *
fabric_subnet(const struct fabric *f, const char *id)
{
	long i = f != NULL ? fabric_find(f->index->subnets, id) : -1;

	/* The first VPC's subnets are the first of the array that holds all. */
	return i < 0 ? NULL : &f->vpcs[0].subnets[i];
}

const struct fabric_eni *
fabric_eni(const struct fabric *f, const char *id)
{
	long i = f != NULL ? fabric_find(f->index->enis, id) : -1;

	return i < 0 ? NULL : &f->enis[i];
}

const struct fabric_group *
fabric_group(const struct fabric *f, const char *id)
{
	long i = f != NULL ? fabric_find(f->index->groups, id) : -1;

	return i < 0 ? NULL : &f->groups[i];
}

const struct fabric_eni *
fabric_eni_at(const struct fabric *f, const struct fabric_vpc *vpc, const struct ip *ip)
{
	char text[IP_TEXT], key[400];
	long i;

	ip_format(ip, text);
	snprintf(key, sizeof(key), "%.255s %s", vpc->id, text);
	i = fabric_find(f->index->privates, key);
	return i < 0 ? NULL : &f->enis[i];
}

const struct fabric_eni *
fabric_eni_public(const struct fabric *f, const struct ip *ip)
{
	char text[IP_TEXT];
	long i;

	ip_format(ip, text);
	i = fabric_find(f->index->publics, text);
	return i < 0 ? NULL : &f->enis[i];
}

const struct fabric_subnet *
fabric_subnet_at(const struct fabric_vpc *vpc, const struct ip *ip)
{
	for (size_t i = 0; i < vpc->n_subnets; i++) {
		if (cidr_has(&vpc->subnets[i].cidr, ip) ||
		    cidr_has(&vpc->subnets[i].cidr6, ip))
			return &vpc->subnets[i];
	}
	return NULL;
}
