#include "control/services/route53/choose.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cc.h"

enum { ANSWERS_MAX = 8 };

static const double earth_km = 6371, degree = 0.017453292519943295;

/* Where regions are. */
static const struct place {
	const char *region, *continent, *country, *subdivision;
	double latitude, longitude;
} places[] = {
	{ "af-south-1", "AF", "ZA", NULL, -33.9, 18.4 },
	{ "ap-east-1", "AS", "HK", NULL, 22.3, 114.2 },
	{ "ap-northeast-1", "AS", "JP", NULL, 35.7, 139.7 },
	{ "ap-northeast-2", "AS", "KR", NULL, 37.6, 127.0 },
	{ "ap-northeast-3", "AS", "JP", NULL, 34.7, 135.5 },
	{ "ap-south-1", "AS", "IN", NULL, 19.1, 72.9 },
	{ "ap-south-2", "AS", "IN", NULL, 17.4, 78.5 },
	{ "ap-southeast-1", "AS", "SG", NULL, 1.4, 103.8 },
	{ "ap-southeast-2", "OC", "AU", NULL, -33.9, 151.2 },
	{ "ap-southeast-3", "AS", "ID", NULL, -6.2, 106.8 },
	{ "ap-southeast-4", "OC", "AU", NULL, -37.8, 145.0 },
	{ "ca-central-1", "NA", "CA", NULL, 45.5, -73.6 },
	{ "ca-west-1", "NA", "CA", NULL, 51.0, -114.1 },
	{ "eu-central-1", "EU", "DE", NULL, 50.1, 8.7 },
	{ "eu-central-2", "EU", "CH", NULL, 47.4, 8.5 },
	{ "eu-north-1", "EU", "SE", NULL, 59.3, 18.1 },
	{ "eu-south-1", "EU", "IT", NULL, 45.5, 9.2 },
	{ "eu-south-2", "EU", "ES", NULL, 41.6, -0.9 },
	{ "eu-west-1", "EU", "IE", NULL, 53.3, -6.3 },
	{ "eu-west-2", "EU", "GB", NULL, 51.5, -0.1 },
	{ "eu-west-3", "EU", "FR", NULL, 48.9, 2.4 },
	{ "il-central-1", "AS", "IL", NULL, 32.1, 34.8 },
	{ "me-central-1", "AS", "AE", NULL, 25.2, 55.3 },
	{ "me-south-1", "AS", "BH", NULL, 26.1, 50.6 },
	{ "sa-east-1", "SA", "BR", NULL, -23.6, -46.6 },
	{ "us-east-1", "NA", "US", "VA", 38.9, -77.5 },
	{ "us-east-2", "NA", "US", "OH", 40.0, -83.0 },
	{ "us-west-1", "NA", "US", "CA", 37.4, -122.0 },
	{ "us-west-2", "NA", "US", "OR", 45.8, -119.7 },
};

static const struct place *
place_of(const char *region)
{
	for (size_t i = 0; i < COUNT(places); i++) {
		if (strcmp(places[i].region, region) == 0)
			return &places[i];
	}
	return NULL;
}

/* On the great circle. */
static double
distance(const struct place *from, double latitude, double longitude)
{
	double a = sin((latitude - from->latitude) * degree / 2),
	       b = sin((longitude - from->longitude) * degree / 2);
	double h = a * a + cos(from->latitude * degree) * cos(latitude * degree) * b * b;

	return 2 * earth_km * asin(sqrt(h < 1 ? h : 1));
}

/* How little it suits; negative: not at all.  The least is chosen. */

static double
by_latency(const json_t *set, const struct place *from)
{
	const char *region = json_str_or(set, "Region", "");
	const struct place *to = place_of(region);

	if (from == NULL || to == NULL)
		return 3 * earth_km;
	return distance(from, to->latitude, to->longitude);
}

static double
by_proximity(const json_t *set, const struct place *from)
{
	const json_t *where = json_get(set, "GeoProximityLocation");
	const json_t *at = json_get(where, "Coordinates");
	const struct place *to = place_of(json_str_or(where, "AWSRegion", ""));
	double km = 3 * earth_km, bias = (double)json_int(where, "Bias", 0);

	if (from != NULL && at != NULL)
		km = distance(from, strtod(json_str_or(at, "Latitude", "0"), NULL),
		    strtod(json_str_or(at, "Longitude", "0"), NULL));
	else if (from != NULL && to != NULL)
		km = distance(from, to->latitude, to->longitude);
	/* Route 53: biased distance = actual * (1 - bias / 100), or the inverse for a negative one. */
	return bias >= 0 ? km * (1 - bias / 100) : km / (1 + bias / 100);
}

/* The smallest place that there is: subdivision, country, continent, anywhere. */
static double
by_location(const json_t *set, const struct place *from)
{
	const json_t *where = json_get(set, "GeoLocation");
	const char *continent = json_str(where, "ContinentCode"),
		   *country = json_str(where, "CountryCode"),
		   *subdivision = json_str(where, "SubdivisionCode");

	if (country != NULL && strcmp(country, "*") == 0)
		return 3;
	if (from == NULL)
		return -1;
	if (continent != NULL)
		return strcmp(continent, from->continent) == 0 ? 2 : -1;
	if (country == NULL || strcmp(country, from->country) != 0)
		return -1;
	if (subdivision == NULL)
		return 1;
	return from->subdivision != NULL && strcmp(subdivision, from->subdivision) == 0 ?
	    0 :
	    -1;
}

static double
by_failover(const json_t *set, const struct place *from UNUSED)
{
	return strcmp(json_str_or(set, "Failover", ""), "PRIMARY") == 0 ? 0 : 1;
}

static const struct {
	const char *member;
	double (*cost)(const json_t *set, const struct place *from);
} costs[] = {
	{ "Failover", by_failover },
	{ "GeoLocation", by_location },
	{ "GeoProximityLocation", by_proximity },
	{ "Region", by_latency },
};

static void
add(json_t *rows, json_t *set, int64_t weight)
{
	json_add(rows, json_make("{s:O, s:I}", "set", set, "weight", (json_int_t)weight));
}

static void
add_best(json_t *rows, json_t *all, const struct place *from, size_t policy)
{
	json_t *set, *best = NULL;
	double least = 0;
	size_t i;

	json_array_foreach(all, i, set) {
		double cost = costs[policy].cost(set, from);

		if (cost >= 0 && (best == NULL || cost < least)) {
			best = set;
			least = cost;
		}
	}
	if (best != NULL)
		add(rows, best, 1);
}

/* Those of weight 0 only when there are no others. */
static void
add_weighted(json_t *rows, json_t *all)
{
	int64_t sum = 0;
	json_t *set;
	size_t i;

	json_array_foreach(all, i, set)
		sum += json_int(set, "Weight", 0);
	json_array_foreach(all, i, set) {
		int64_t weight = json_int(set, "Weight", 0);

		if (weight > 0 || sum == 0)
			add(rows, set, sum == 0 ? 1 : weight);
	}
}

/* One set of up to eight values, one of each. */
static void
add_joined(json_t *rows, const json_t *all)
{
	json_t *joined = json_copy_deep(json_array_get(all, 0)), *values;
	const json_t *set;
	size_t i;

	values = json_need_array(joined, "ResourceRecords");
	json_array_foreach(all, i, set) {
		json_t *first = json_array_get(json_get(set, "ResourceRecords"), 0);

		if (i > 0 && first != NULL && json_array_size(values) < ANSWERS_MAX)
			json_add(values, json_incref(first));
	}
	add(rows, joined, 1);
	json_decref(joined);
}

json_t *
r53_choose(struct arena *a, const json_t *sets, const char *type, const char *region)
{
	json_t *rows = json_own(a, json_new_array()),
	       *all = json_own(a, json_new_array());
	const struct place *from = place_of(region);
	const json_t *first;
	json_t *set;
	size_t i;

	json_array_foreach(sets, i, set) {
		if (strcmp(json_str_or(set, "Type", ""), type) == 0)
			json_add(all, json_incref(set));
	}
	first = json_array_get(all, 0);
	if (first == NULL)
		return rows;
	for (i = 0; i < COUNT(costs); i++) {
		if (json_get(first, costs[i].member) != NULL) {
			add_best(rows, all, from, i);
			return rows;
		}
	}
	if (json_get(first, "Weight") != NULL)
		add_weighted(rows, all);
	else if (json_get(first, "MultiValueAnswer") != NULL)
		add_joined(rows, all);
	else
		add(rows, json_array_get(all, 0), 1);
	return rows;
}
