#include "control/services/ec2/compute/instance_choice.h"

#include <stdlib.h>
#include <string.h>

#include "control/api/ask.h"
#include "control/services/ec2/ec2.h"

/* EC2 API: InstanceRequirements: such a percentage is no limit. */
enum { ON_DEMAND_DEFAULT = 20, NO_LIMIT = 999999 };

static int
by_price(const void *a, const void *b)
{
	const struct instance_choice *x = a, *y = b;

	return x->hour < y->hour ? -1 :
	    x->hour > y->hour	 ? 1 :
				   strcmp(x->type->name, y->type->name);
}

static const char *
architecture_of(struct call *c, const char *image)
{
	struct err before = c->err;
	json_t *doc;

	if (image != NULL && ec2_image_get(c, image, &doc) == 0)
		return json_str_or(doc, "Architecture", "x86_64");
	c->err = before;
	return "x86_64";
}

/* Prices are measured by the cheapest C, M or R type of now, or of now, or of all. */
static double
measure(const struct instance_choice *all, size_t n)
{
	const struct instance_choice *current = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct instance_family *f = all[i].type->family;

		if ((f->features & IT_CURRENT) == 0)
			continue;
		if (strchr("cmr", f->name[0]) != NULL)
			return all[i].hour;
		if (current == NULL)
			current = &all[i];
	}
	return current != NULL ? current->hour : n > 0 ? all[0].hour : 0;
}

/* The highest price on demand that is not too much. */
static double
limit_above(double least, int64_t percent)
{
	return percent >= NO_LIMIT ? 1e9 : least * (100.0 + (double)percent) / 100;
}

static double
spot_limit(const json_t *asked, double least)
{
	const char *of_optimal = "MaxSpotPriceAsPercentageOfOptimalOnDemandPrice";

	if (json_get(asked, of_optimal) != NULL) {
		int64_t percent = json_int(asked, of_optimal, 0);

		return percent >= NO_LIMIT ? 1e9 : least * (double)percent / SPOT_PERCENT;
	}
	return limit_above(least,
	    json_int(asked, "SpotMaxPricePercentageOverLowestPrice", NO_LIMIT));
}

static size_t
keep_cheap(const json_t *asked, struct instance_choice *all, size_t n)
{
	/* What is equal but for how it was computed is equal. */
	double least = measure(all, n) + 1e-9, spot = spot_limit(asked, least);
	double on_demand = limit_above(least,
	    json_int(asked, "OnDemandMaxPricePercentageOverLowestPrice",
		ON_DEMAND_DEFAULT));
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		all[i].on_demand = all[i].hour <= on_demand;
		all[i].spot =
		    all[i].hour <= spot && (all[i].type->family->features & IT_SPOT) != 0;
		if (all[i].on_demand || all[i].spot)
			all[kept++] = all[i];
	}
	return kept;
}

int
instance_choose(struct call *c, json_t *requirements, const char *image,
    struct instance_choice **ret, size_t *ret_n)
{
	json_t *in = json_own(c->arena,
	    json_make("{s:[s], s:[s], s:O}", "ArchitectureTypes",
		architecture_of(c, image), "VirtualizationTypes", "hvm",
		"InstanceRequirements", requirements));
	struct instance_choice *all;
	const json_t *row;
	json_t *out;
	size_t i, n = 0;

	if (ask_service(c->env, c->arena, c->account, c->region, "ec2",
		"GetInstanceTypesFromInstanceRequirements", in, &out, &c->err) < 0)
		return -1;
	all = arena_calloc(c->arena, json_array_size(json_get(out, "InstanceTypes")) + 1,
	    sizeof(all[0]));
	json_array_foreach(json_get(out, "InstanceTypes"), i, row) {
		all[n].type = instance_type_find(c->arena, json_str(row, "InstanceType"));
		all[n].hour = instance_type_hour(c->arena, all[n].type);
		n++;
	}
	qsort(all, n, sizeof(all[0]), by_price);
	*ret = all;
	*ret_n = keep_cheap(requirements, all, n);
	return 0;
}
