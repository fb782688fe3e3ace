/*
 * EC2: which of its pools a fleet launches next, and what it asks for.
 *
 * Not emulated: capacity: all pools have as much; so strategies that look at it go by priority,
 * by price, or by order.
 */
#include <stdlib.h>
#include <string.h>

#include "control/services/ec2/compute/fleet.h"
#include "control/services/ec2/compute/launch.h"
#include "control/services/ec2/compute/launch_template.h"
#include "control/services/ec2/ec2.h"

struct candidate {
	size_t pool;
	double score;
	int64_t used;
};

/* Less is better; so is what stands first. */
static double
score(const char *strategy, const json_t *pool)
{
	if (strstr(strategy, "prioritized") != NULL)
		return json_num(pool, "priority", 1e9);
	if (strcmp(strategy, "lowest-price") == 0 ||
	    strcmp(strategy, "price-capacity-optimized") == 0)
		return json_num(pool, "hour", 0) / json_num(pool, "weight", 1);
	return 0;
}

static int
by_score(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	return x->score < y->score ? -1 :
	    x->score > y->score	   ? 1 :
	    x->pool < y->pool	   ? -1 :
				     1;
}

static int64_t
count_used(const json_t *fleet, size_t pool, int spot)
{
	static const char *const lists[] = { "_members", "_launches" };
	const json_t *row;
	int64_t n = 0;
	size_t i;

	for (size_t k = 0; k < COUNT(lists); k++) {
		json_array_foreach(json_get(fleet, lists[k]), i, row)
			n += json_int(row, "pool", -1) == (int64_t)pool &&
			    json_bool(row, "spot", 0) == spot &&
			    !json_bool(row, "ending", 0);
	}
	return n;
}

int
fleet_choose(struct call *c, const json_t *fleet, int spot, size_t skip)
{
	const json_t *pools = json_get(fleet, "_pools"), *rule = json_get(fleet, "_rule");
	const char *strategy = json_str_or(rule, spot ? "spot" : "on_demand", "");
	size_t n = 0, n_pools = json_array_size(pools), width = 1, best;
	struct candidate *all = arena_calloc(c->arena, n_pools + 1, sizeof(*all));

	for (size_t i = 0; i < n_pools; i++) {
		const json_t *pool = json_array_get(pools, i);

		if (json_bool(pool, spot ? "spot" : "on_demand", 1))
			all[n++] = (struct candidate){ i, score(strategy, pool),
				count_used(fleet, i, spot) };
	}
	qsort(all, n, sizeof(*all), by_score);
	if (skip >= n || (skip > 0 && json_bool(rule, "single", 0)))
		return -1;
	if (spot && strcmp(strategy, "diversified") == 0)
		width = n;
	else if (spot && strcmp(strategy, "lowest-price") == 0)
		width = (size_t)json_int(rule, "pools", 1);
	best = skip;
	for (size_t i = skip; i < n && i - skip < width; i++) {
		if (all[i].used < all[best].used)
			best = i;
	}
	return (int)all[best].pool;
}

/* The subnet is the pool's, also when the template spells out an interface. */
static int
set_subnet(struct call *c, json_t *in, const char *subnet)
{
	json_t *version, *rows = json_get(in, "NetworkInterfaces");

	if (subnet == NULL)
		return 0;
	if (rows == NULL && json_get(in, "LaunchTemplate") != NULL) {
		if (launch_template_version(c, json_get(in, "LaunchTemplate"), &version) <
		    0)
			return -1;
		rows = json_get(json_get(version, "LaunchTemplateData"),
		    "NetworkInterfaces");
	}
	if (json_array_size(rows) == 0) {
		json_set_str(in, "SubnetId", subnet);
		return 0;
	}
	rows = json_copy_deep(rows);
	json_set_str(json_array_get(rows, 0), "SubnetId", subnet);
	json_set(in, "NetworkInterfaces", rows);
	return 0;
}

/* The template's tags stay under these (launch_template_apply). */
static void
set_tags(json_t *in, const json_t *fleet, int spot)
{
	const json_t *given = json_get(in, "TagSpecifications"), *row, *lists[2];
	json_t *out = json_new_array(), *instance = NULL, *tag, *one;
	size_t i;

	lists[0] = given;
	lists[1] = json_get(fleet, "_tags");
	for (size_t k = 0; k < COUNT(lists); k++) {
		json_array_foreach(lists[k], i, row) {
			const char *type = json_str_or(row, "ResourceType", "");

			if (!spot && strcmp(type, "spot-instances-request") == 0)
				continue;
			one = json_copy_deep(row);
			json_add(out, one);
			if (strcmp(type, "instance") == 0)
				instance = one;
		}
	}
	if (instance == NULL) {
		instance = json_add_object(out);
		json_set_str(instance, "ResourceType", "instance");
	}
	tag = json_add_object(json_need_array(instance, "Tags"));
	json_set_str(tag, "Key", fleet_tag(fleet));
	json_set_str(tag, "Value", fleet_id(fleet));
	json_set(in, "TagSpecifications", out);
}

int
fleet_launch_input(struct call *c, const json_t *fleet, size_t pool_index, int spot,
    json_t **ret)
{
	const json_t *pool = json_array_get(json_get(fleet, "_pools"), pool_index);
	json_t *in = json_own(c->arena, json_copy_deep(json_get(pool, "input")));
	json_t *market;

	json_set_int(in, "MinCount", 1);
	json_set_int(in, "MaxCount", 1);
	if (set_subnet(c, in, json_str(pool, "subnet")) < 0)
		return -1;
	if (spot) {
		market = json_make("{s:s}", "MarketType", "spot");
		if (json_get(pool, "price") != NULL)
			json_set(market, "SpotOptions",
			    json_make("{s:s}", "MaxPrice",
				json_str_or(pool, "price", "")));
		json_set(in, "InstanceMarketOptions", market);
	}
	set_tags(in, fleet, spot);
	*ret = in;
	return 0;
}

int
fleet_may_launch(struct call *c, const json_t *fleet)
{
	const json_t *pool;
	size_t i;

	json_array_foreach(json_get(fleet, "_pools"), i, pool) {
		json_t *in = json_own(c->arena, json_copy_deep(json_get(pool, "input")));

		if (set_subnet(c, in, json_str(pool, "subnet")) < 0 ||
		    launch_may(c, in) < 0)
			return -1;
	}
	return 0;
}

/* Counting */

static double
sum(const json_t *list, int spot)
{
	const json_t *row;
	double n = 0;
	size_t i;

	json_array_foreach(list, i, row) {
		if (json_bool(row, "spot", 0) == spot && !json_bool(row, "ending", 0))
			n += json_num(row, "weight", 1);
	}
	return n;
}

double
fleet_capacity(const json_t *fleet, int spot)
{
	return sum(json_get(fleet, "_members"), spot);
}

double
fleet_pending(const json_t *fleet, int spot)
{
	return sum(json_get(fleet, "_launches"), spot);
}

void
fleet_join(struct call *c UNUSED, json_t *fleet, const json_t *instance, size_t pool,
    int spot)
{
	const json_t *of = json_array_get(json_get(fleet, "_pools"), pool);
	json_t *member = json_add_object(json_need_array(fleet, "_members"));
	json_t *launched = json_need_object(fleet, "_launched");
	const char *market = spot ? "spot" : "on_demand";
	double weight = json_num(of, "weight", 1);

	json_set_str(member, "InstanceId", json_str(instance, "InstanceId"));
	json_set_str(member, "InstanceType", json_str(instance, "InstanceType"));
	json_set_str(member, "SpotInstanceRequestId",
	    json_str(instance, "SpotInstanceRequestId"));
	json_set_str(member, "InstanceHealth", "healthy");
	json_set_num(member, "weight", weight);
	json_set_bool(member, "spot", spot);
	json_set_int(member, "pool", (int64_t)pool);
	json_set_num(launched, market, json_num(launched, market, 0) + weight);
}
