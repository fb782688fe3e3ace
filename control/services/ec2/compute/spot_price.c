/*
 * EC2: what spot instances cost, as a rule says it.
 *
 * Nothing costs anything here.  An hour is 0.0345 dollars a vCPU and 0.0035 a GiB (a fifth
 * less on Graviton, a tenth on AMD), 0.02 a GiB of an accelerator's memory, and 0.0104 a GiB
 * for types that burst; Windows adds 0.046 a vCPU; spot is 35 % of it, and some percent
 * more or less by type, zone and day.  So there is a price a day, the same whenever it is asked
 * for.  Newest come first; one answer looks at so many prices that it may be short of
 * MaxResults though there are more.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "control/services/ec2/compute/instance_type.h"
#include "control/services/ec2/ec2.h"

enum { DAYS = 90, PAGE = 1000, LOOKED_AT = 20000 };
#define DAY_MS INT64_C(86400000)

static const struct err_kind bad_token = { "InvalidNextToken", 400 };

static const char *const products[] = { "Linux/UNIX", "Red Hat Enterprise Linux",
	"SUSE Linux", "Windows" };

static const struct filter filters[] = {
	{ "availability-zone", "AvailabilityZone" },
	{ "availability-zone-id", "AvailabilityZoneId" },
	{ "instance-type", "InstanceType" },
	{ "product-description", "ProductDescription" },
	{ "spot-price", "SpotPrice" },
	{ "timestamp", "Timestamp" },
	{ NULL, NULL },
};
static const struct resource row = {
	.service = "ec2",
	.kind = "ec2:spot-price",
	.id_member = "InstanceType",
	.noun = "spot price",
	.not_found = &bad_token,
	.filters = filters,
};

double
instance_type_hour(struct arena *a, const struct instance_type *t)
{
	double gib = t->memory_mib / 1024.0, price;

	if (t->family->features & IT_BURSTABLE)
		return gib * 0.0104;
	price = t->vcpus * 0.0345 + gib * 0.0035;
	if (t->family->processor == CPU_GRAVITON)
		price *= 0.8;
	else if (t->family->processor == CPU_AMD)
		price *= 0.9;
	return price + instance_type_device_mib(a, t) / 1024.0 * 0.02;
}

/* FNV-1a */
static uint32_t
hash(const char *text)
{
	uint32_t h = UINT32_C(2166136261);

	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * UINT32_C(16777619);
	return h;
}

/* What is looked for, and where in it we are: position = ((day * types + type) * zones + zone) * products + product. */
struct search {
	struct call *c;
	const struct instance_type **types;
	size_t n_types;
	unsigned zones[EC2_ZONES], n_zones;
	const char *products[COUNT(products)];
	size_t n_products;
	int64_t start_ms, end_ms, today;
};

static json_t *
price_at(const struct search *s, int64_t position, int64_t *ret_ms)
{
	struct call *c = s->c;
	const char *product = s->products[position % (int64_t)s->n_products];
	unsigned zone;
	const struct instance_type *t;
	const char *name;
	double price;
	uint32_t h;
	json_t *doc;
	int64_t day;

	position /= (int64_t)s->n_products;
	zone = s->zones[position % s->n_zones];
	position /= s->n_zones;
	t = s->types[position % (int64_t)s->n_types];
	day = s->today - position / (int64_t)s->n_types;
	name = ec2_zone_name(c, zone);
	h = hash(arena_printf(c->arena, "%s %s %lld", t->name, name, (long long)day));
	*ret_ms = day * DAY_MS + (int64_t)(h % 86400) * 1000;
	price = instance_type_hour(c->arena, t);
	if (strcmp(product, "Windows") == 0)
		price += t->vcpus * 0.046;
	price *= SPOT_PERCENT / 100.0 * (0.95 + (h >> 17) % 100 / 1000.0);
	doc = json_own(c->arena,
	    json_make("{s:s, s:s, s:s, s:s}", "AvailabilityZone", name,
		"AvailabilityZoneId", ec2_zone_id(c, zone), "InstanceType", t->name,
		"ProductDescription", product));
	json_set_fmt(doc, "SpotPrice", "%.6f", price);
	json_set_num(doc, "Timestamp", (double)*ret_ms / 1000);
	return doc;
}

static int
choose_types(struct search *s)
{
	struct call *c = s->c;
	const json_t *names = in_list(c, "InstanceTypes"), *name;
	size_t n, i;
	const struct instance_type *all = instance_type_all(c->arena, &n);

	s->types =
	    arena_calloc(c->arena, n + json_array_size(names), sizeof(s->types[0]));
	json_array_foreach(names, i, name) {
		if (instance_type_find(c->arena, json_string_value(name)) == NULL)
			return instance_type_unknown(c, json_string_value(name));
	}
	for (i = 0; i < n; i++) {
		if ((all[i].family->features & IT_SPOT) &&
		    (json_array_size(names) == 0 || json_has_str(names, all[i].name)))
			s->types[s->n_types++] = &all[i];
	}
	return 0;
}

static int
choose_zones(struct search *s)
{
	struct call *c = s->c;
	const char *name = in_str(c, "AvailabilityZone"),
		   *id = in_str(c, "AvailabilityZoneId");

	if (name != NULL && id != NULL)
		return err_set(&c->err, &ec2_bad_combination,
		    "You can't specify both AvailabilityZone and AvailabilityZoneId.");
	for (unsigned i = 0; i < EC2_ZONES; i++) {
		if ((name == NULL || strcmp(ec2_zone_name(c, i), name) == 0) &&
		    (id == NULL || strcmp(ec2_zone_id(c, i), id) == 0))
			s->zones[s->n_zones++] = i;
	}
	if (s->n_zones == 0)
		return err_set(&c->err, &ec2_bad_value, "Invalid availability zone: [%s]",
		    name != NULL ? name : id);
	return 0;
}

/* "Linux/UNIX (Amazon VPC)" is the same as without. */
static void
choose_products(struct search *s)
{
	const json_t *asked = in_list(s->c, "ProductDescriptions");

	for (size_t i = 0; i < COUNT(products); i++) {
		if (json_array_size(asked) == 0 || json_has_str(asked, products[i]) ||
		    json_has_str(asked,
			arena_printf(s->c->arena, "%s (Amazon VPC)", products[i])))
			s->products[s->n_products++] = products[i];
	}
}

static int
read_position(struct call *c, int64_t *ret)
{
	const char *token = in_str(c, "NextToken");
	unsigned char *p;
	char *end;
	size_t n;

	*ret = 0;
	if (token == NULL || token[0] == '\0')
		return 0;
	if (base64_decode(c->arena, token, strlen(token), &p, &n) && n > 2 &&
	    memcmp(p, "p:", 2) == 0) {
		const char *text = arena_strndup(c->arena, (const char *)p + 2, n - 2);

		*ret = strtoll(text, &end, 10);
		if (*end == '\0' && *ret > 0)
			return 0;
	}
	return err_set(&c->err, &bad_token,
	    "The specified pagination token is not valid or is expired.");
}

/*
 * The newest price of before the start still holds then, so it is shown too: of the last
 * day before, all that are older than the start.
 */
static int
is_wanted(const struct search *s, int64_t ms)
{
	return ms <= s->end_ms && ms > s->start_ms - DAY_MS;
}

static void
set_times(struct search *s)
{
	struct call *c = s->c;
	const json_t *start = json_get(c->in, "StartTime"),
		     *end = json_get(c->in, "EndTime");
	int64_t oldest = c->now_ms - DAYS * DAY_MS;

	s->today = c->now_ms / DAY_MS;
	s->end_ms = end != NULL ? (int64_t)(json_number_value(end) * 1000) : c->now_ms;
	s->start_ms = start != NULL ? (int64_t)(json_number_value(start) * 1000) : oldest;
	if (s->end_ms > c->now_ms)
		s->end_ms = c->now_ms;
	if (s->start_ms < oldest)
		s->start_ms = oldest;
}

static int
describe(struct call *c)
{
	struct search s = { .c = c };
	json_t *list = json_own(c->arena, json_new_array());
	int64_t most = in_int(c, "MaxResults", PAGE), position, end;

	if (filter_check(c, &row) < 0 || choose_types(&s) < 0 || choose_zones(&s) < 0 ||
	    read_position(c, &position) < 0)
		return -1;
	if (most == 0)
		most = PAGE;
	if (most < 0 || most > PAGE)
		return err_set(&c->err, &ec2_bad_value,
		    "Value ( %lld ) for parameter maxResults is invalid. Expecting a value between 1 and %d.",
		    (long long)most, PAGE);
	choose_products(&s);
	set_times(&s);
	end = (DAYS + 2) * (int64_t)s.n_types * s.n_zones * (int64_t)s.n_products;
	for (int n = 0; position < end && n < LOOKED_AT; position++, n++) {
		int64_t ms;
		json_t *doc = price_at(&s, position, &ms);

		if ((int64_t)json_array_size(list) == most)
			break;
		if (is_wanted(&s, ms) && filter_match(c, &row, doc))
			json_add(list, json_incref(doc));
	}
	out_ref(c, "SpotPriceHistory", list);
	if (position < end) {
		const char *text = arena_printf(c->arena, "p:%lld", (long long)position);

		out_str(c, "NextToken", base64_encode(c->arena, text, strlen(text)));
	} else {
		out_str(c, "NextToken", "");
	}
	return 0;
}

static const struct op ops[] = {
	OP("DescribeSpotPriceHistory", describe, OP_READ,
	    "Say what spot instances cost, by a rule."),
};
const struct family ec2_spot_prices = FAMILY(ops, NULL);
