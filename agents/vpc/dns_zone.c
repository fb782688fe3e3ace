#include "agents/vpc/dns_zone.h"

#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

#include "agents/vpc/dns_public.h"
#include "agents/vpc/dns_record.h"
#include "netdns/plan.h"

enum {
	MAX_RECORDS = 200000,
	MAX_ZONES = 10000,
	MAX_VALUES = 400,
	DEFAULT_TTL = 60,
	MAX_WEIGHT = 1 << 22
};

static const struct err_kind dns_bad_config = { "BadDnsConfig", 400 };

/* A name that is there, with records or only with names below it. */
struct node {
	struct node *next;    /* in its bucket */
	struct dns_name name; /* folded */
	struct dns_set *sets;
	struct dns_set *catch_all; /* what every name below without records gets */
	int is_zone;
	int is_elsewhere; /* it and what is below: others' */
	struct dns_data soa;
	uint32_t soa_ttl;
};

struct dns_zones {
	struct arena *arena;
	size_t n_buckets; /* a power of two */
	struct node **buckets;
	struct net4 public; /* whose names say their address; len 0: none */
	/* Of the last such name, since a reply borrows; never two in one. */
	struct dns_set *said;
	uint8_t *said_bytes;
};

static uint32_t
hash(const uint8_t *wire, size_t len)
{
	uint32_t h = 2166136261U;

	for (size_t i = 0; i < len; i++)
		h = (h ^ wire[i]) * 16777619U;
	return h ^ h >> 15;
}

/* wire is folded. */
static struct node *
seek(const struct dns_zones *z, const uint8_t *wire, size_t len)
{
	struct node *n = z->buckets[hash(wire, len) & (z->n_buckets - 1)];

	while (n != NULL && (n->name.len != len || memcmp(n->name.wire, wire, len) != 0))
		n = n->next;
	return n;
}

static struct node *
need(struct dns_zones *z, const uint8_t *wire, size_t len)
{
	struct node *n = seek(z, wire, len), **bucket;

	if (n != NULL)
		return n;
	bucket = &z->buckets[hash(wire, len) & (z->n_buckets - 1)];
	n = arena_alloc(z->arena, sizeof(*n));
	n->name.len = (uint8_t)len;
	memcpy(n->name.wire, wire, len);
	n->next = *bucket;
	*bucket = n;
	return n;
}

/* The zone that the name is in, or NULL. */
static struct node *
zone_of(const struct dns_zones *z, const struct dns_name *name)
{
	for (size_t at = 0;; at += dns_label_len(name->wire + at)) {
		struct node *n = seek(z, name->wire + at, name->len - at);

		if (n != NULL && n->is_zone)
			return n;
		if (name->wire[at] == 0)
			return NULL;
	}
}

/* Names between a record and its zone are there too, though empty (RFC 8020). */
static void
need_between(struct dns_zones *z, const struct dns_name *name)
{
	const struct node *zone = zone_of(z, name);

	if (zone == NULL)
		return;
	for (size_t at = 0; name->len - at > zone->name.len;
	     at += dns_label_len(name->wire + at))
		need(z, name->wire + at, name->len - at);
}

static struct dns_set *
set_of(const struct node *n, uint16_t type)
{
	struct dns_set *s = n->sets;

	while (s != NULL && s->type != type)
		s = s->next;
	return s;
}

static int
parse_name(const json_t *v, struct dns_name *ret, struct err *err)
{
	const char *text = json_string_value(v);

	if (text == NULL)
		return err_set(err, &dns_bad_config, "a name is not a string");
	if (dns_name_parse(text, ret) < 0)
		return err_set(err, &dns_bad_config, "'%.300s' is not a name", text);
	dns_name_fold(ret);
	return 0;
}

static int
add_values(struct dns_zones *z, struct dns_set *set, const json_t *values,
    const char *name, struct err *err)
{
	size_t n = json_array_size(values), i;
	struct dns_data *all;
	const json_t *v;

	if (n == 0 || n + set->n > MAX_VALUES)
		return err_set(err, &dns_bad_config, "'%.300s' has no values, or over %d",
		    name, MAX_VALUES);
	all = arena_calloc(z->arena, n + set->n, sizeof(*all));
	if (set->n > 0)
		memcpy(all, set->data, set->n * sizeof(*all));
	json_array_foreach(values, i, v) {
		struct dns_data *d = &all[set->n + i];

		if (!json_is_string(v) ||
		    dns_record_parse(z->arena, set->type, json_string_value(v), d) < 0)
			return err_set(err, &dns_bad_config,
			    "'%.300s' has a value that is not of its type", name);
	}
	set->data = all;
	set->n += n;
	return 0;
}

/* Without a weight there is one set of a type; with one, each record is an alternative. */
static struct dns_set *
need_set(struct dns_zones *z, struct node *node, uint16_t type, int64_t weight)
{
	struct dns_set *first = set_of(node, type), *set;

	if (first != NULL && weight == 0)
		return first;
	set = arena_alloc(z->arena, sizeof(*set));
	set->type = type;
	set->weight = (uint64_t)weight;
	if (first != NULL) {
		set->other = first->other;
		first->other = set;
	} else {
		set->next = node->sets;
		node->sets = set;
	}
	return set;
}

/* RFC 2308 5: as long as the record itself or its MINIMUM say, whichever is less. */
static void
use_soa(struct node *node, const struct dns_set *set)
{
	struct dns_data d = set->data[0];
	const uint8_t *p = d.bytes + d.len - 4;
	uint32_t minimum;

	if (d.len < 22)
		return;
	minimum =
	    (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
	node->soa = d;
	node->soa_ttl = minimum < set->ttl ? minimum : set->ttl;
}

static int
add_record(struct dns_zones *z, const json_t *record, struct err *err)
{
	int64_t ttl = json_int(record, "ttl", DEFAULT_TTL),
		weight = json_int(record, "weight", 0);
	struct dns_name name;
	struct dns_set *set;
	struct node *node;
	uint16_t type;

	if (parse_name(json_get(record, "name"), &name, err) < 0)
		return -1;
	if (!dns_record_type(json_str(record, "type"), &type) || ttl < 0 ||
	    ttl > INT32_MAX || weight < 0 || weight > MAX_WEIGHT)
		return err_set(err, &dns_bad_config,
		    "'%.300s' has a type, a TTL or a weight unknown here",
		    json_str(record, "name"));
	need_between(z, &name);
	node = need(z, name.wire, name.len);
	if (node->soa.len == 0 && zone_of(z, &name) == NULL) {
		node->soa = dns_record_soa(z->arena, &name, DNS_NEGATIVE_TTL);
		node->soa_ttl = DNS_NEGATIVE_TTL;
	}
	set = need_set(z, node, type, weight);
	set->ttl = (uint32_t)ttl;
	if (add_values(z, set, json_get(record, "values"), json_str(record, "name"),
		err) < 0)
		return -1;
	if (type == DNS_SOA && node->is_zone)
		use_soa(node, set);
	return 0;
}

static struct node *
add_zone(struct dns_zones *z, const struct dns_name *name)
{
	struct node *n = need(z, name->wire, name->len);

	n->is_zone = 1;
	n->soa = dns_record_soa(z->arena, name, DNS_NEGATIVE_TTL);
	n->soa_ttl = DNS_NEGATIVE_TTL;
	return n;
}

/* The zone, and all below it that is not told: `control`. */
static int
add_control(struct dns_zones *z, const json_t *zone, const char *control, struct err *err)
{
	struct dns_name name;
	struct node *n;

	if (parse_name(zone, &name, err) < 0)
		return -1;
	if (name.len == 1)
		return err_set(err, &dns_bad_config, "a zone of control is empty");
	n = add_zone(z, &name);
	n->catch_all = arena_alloc(z->arena, sizeof(*n->catch_all));
	n->catch_all->type = DNS_A;
	n->catch_all->ttl = DEFAULT_TTL;
	n->catch_all->n = 1;
	n->catch_all->data = arena_alloc(z->arena, sizeof(*n->catch_all->data));
	if (dns_record_parse(z->arena, DNS_A, control, n->catch_all->data) < 0)
		return err_set(err, &dns_bad_config, "'%.300s' is not an IPv4 address",
		    control);
	return 0;
}

/* SIMFRA_HOSTNAME, and the zones of AWS's services. */
static int
add_controls(struct dns_zones *z, const json_t *dns, struct err *err)
{
	const json_t *hostname = json_get(dns, "hostname"), *v;
	const char *control = json_str(dns, "control");
	size_t i;

	if (control == NULL)
		return 0;
	if (json_is_string(hostname) && add_control(z, hostname, control, err) < 0)
		return -1;
	json_array_foreach(json_get(dns, "control_zones"), i, v) {
		if (add_control(z, v, control, err) < 0)
			return -1;
	}
	return 0;
}

static int
add_elsewhere(struct dns_zones *z, const json_t *dns, struct err *err)
{
	struct dns_name name;
	const json_t *v;
	size_t i;

	json_array_foreach(json_get(dns, "elsewhere"), i, v) {
		if (parse_name(v, &name, err) < 0)
			return -1;
		need(z, name.wire, name.len)->is_elsewhere = 1;
	}
	return 0;
}

static int
add_public(struct dns_zones *z, const json_t *dns, struct err *err)
{
	const json_t *v = json_get(dns, "public");

	if (v == NULL || json_is_null(v))
		return 0;
	if (!json_is_string(v) || !net4_parse(json_string_value(v), &z->public) ||
	    z->public.len == 0)
		return err_set(err, &dns_bad_config, "public is not an IPv4 network");
	z->said_bytes = arena_calloc(z->arena, 1, sizeof(uint32_t));
	z->said = arena_calloc(z->arena, 1, sizeof(*z->said));
	z->said->type = DNS_A;
	z->said->ttl = DEFAULT_TTL;
	z->said->n = 1;
	z->said->data = arena_calloc(z->arena, 1, sizeof(*z->said->data));
	z->said->data[0] = (struct dns_data){ sizeof(uint32_t), z->said_bytes };
	return 0;
}

static int
add_all(struct dns_zones *z, const json_t *dns, struct err *err)
{
	struct dns_name name;
	const json_t *v;
	size_t i;

	json_array_foreach(json_get(dns, "zones"), i, v) {
		if (parse_name(v, &name, err) < 0)
			return -1;
		add_zone(z, &name);
	}
	if (add_controls(z, dns, err) < 0 || add_elsewhere(z, dns, err) < 0 ||
	    add_public(z, dns, err) < 0)
		return -1;
	json_array_foreach(json_get(dns, "records"), i, v) {
		if (add_record(z, v, err) < 0)
			return -1;
	}
	return 0;
}

int
dns_zones_new(const json_t *dns, struct dns_zones **ret, struct err *err)
{
	size_t n_records = json_array_size(json_get(dns, "records"));
	size_t n_zones = json_array_size(json_get(dns, "zones")) +
	    json_array_size(json_get(dns, "control_zones")) +
	    json_array_size(json_get(dns, "elsewhere"));
	struct arena *a;
	struct dns_zones *z;

	if (n_records > MAX_RECORDS || n_zones > MAX_ZONES)
		return err_set(err, &dns_bad_config, "too many records or zones");
	a = arena_new();
	z = arena_alloc(a, sizeof(*z));
	z->arena = a;
	for (z->n_buckets = 64; z->n_buckets < 2 * (n_records + n_zones);)
		z->n_buckets *= 2;
	z->buckets = arena_calloc(a, z->n_buckets, sizeof(struct node *));
	if (add_all(z, dns, err) < 0) {
		arena_free(a);
		return -1;
	}
	*ret = z;
	return 0;
}

void
dns_zones_free(struct dns_zones *z)
{
	if (z != NULL)
		arena_free(z->arena);
}

/* What is on the way from a name to the root. */
struct path {
	const struct node *exact;   /* the name itself */
	const struct node *closest; /* the nearest that is there: the closest encloser */
	const struct node *zone;
};

static struct path
walk(const struct dns_zones *z, const struct dns_name *name)
{
	struct path p = { 0 };

	for (size_t at = 0;; at += dns_label_len(name->wire + at)) {
		const struct node *n = seek(z, name->wire + at, name->len - at);

		if (n != NULL && at == 0)
			p.exact = n;
		if (n != NULL && p.closest == NULL)
			p.closest = n;
		if (n != NULL && n->is_zone) {
			p.zone = n;
			return p;
		}
		if (name->wire[at] == 0 || (n != NULL && n->is_elsewhere))
			return p;
	}
}

/* RFC 4592 3.3.1: only the wildcard right below the closest encloser counts. */
static const struct node *
wildcard(const struct dns_zones *z, const struct node *closest)
{
	uint8_t wire[DNS_NAME_MAX + 2] = { 1, '*' };

	if (closest->name.len > DNS_NAME_MAX - 2)
		return NULL;
	memcpy(wire + 2, closest->name.wire, closest->name.len);
	return seek(z, wire, (size_t)closest->name.len + 2);
}

static struct dns_found
negative(enum dns_outcome outcome, const struct path *p)
{
	/* A name of ours outside our zones speaks for itself. */
	const struct node *n = p->zone != NULL ? p->zone : p->exact;

	return (struct dns_found){ outcome, NULL, &n->name, n->soa, n->soa_ttl };
}

static struct dns_found
pick(const struct dns_set *sets, uint16_t type, const struct path *p)
{
	const struct dns_set *s, *alias = NULL;

	for (s = sets; s != NULL; s = s->next) {
		if (s->type == type || type == DNS_ANY)
			return (struct dns_found){ .outcome = DNS_HIT, .set = s };
		if (s->type == DNS_CNAME)
			alias = s;
	}
	if (alias != NULL)
		return (struct dns_found){ .outcome = DNS_ALIAS, .set = alias };
	return negative(DNS_NODATA, p);
}

/* A name of a public address, without a record: what it says. */
static const struct dns_set *
say_public(const struct dns_zones *z, const struct dns_name *folded)
{
	uint32_t address;

	if (z->said == NULL || !dns_public_address(folded, &address) ||
	    !net4_has(&z->public, address))
		return NULL;
	address = htonl(address);
	memcpy(z->said_bytes, &address, sizeof(address));
	return z->said;
}

const struct dns_set *
dns_set_choose(const struct dns_set *set, uint32_t dice)
{
	const struct dns_set *s;
	uint64_t sum = 0, at;

	if (set->other == NULL)
		return set;
	for (s = set; s != NULL; s = s->other)
		sum += s->weight;
	/* By the upper bits, so that neighbours fall far apart. */
	at = (uint64_t)(dice * 2654435761U) * sum >> 32;
	for (s = set; s->other != NULL && at >= s->weight; s = s->other)
		at -= s->weight;
	return s;
}

struct dns_found
dns_zones_find(const struct dns_zones *z, const struct dns_name *name, uint16_t type)
{
	struct dns_name folded = *name;
	const struct dns_set *said;
	const struct node *n;
	struct path p;

	dns_name_fold(&folded);
	p = walk(z, &folded);
	if (p.exact != NULL && p.exact->sets != NULL)
		return pick(p.exact->sets, type, &p);
	if (p.zone == NULL)
		return (struct dns_found){ .outcome = DNS_NOT_OURS };
	said = say_public(z, &folded);
	if (said != NULL)
		return pick(said, type, &p);
	n = p.exact == NULL ? wildcard(z, p.closest) : NULL;
	if (n != NULL && n->sets != NULL)
		return pick(n->sets, type, &p);
	if (p.zone->catch_all != NULL)
		return pick(p.zone->catch_all, type, &p);
	return negative(p.exact != NULL ? DNS_NODATA : DNS_NO_NAME, &p);
}
