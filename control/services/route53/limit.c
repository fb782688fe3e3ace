/*
 * Route 53: limits, and how much of them is used.
 */
#include <string.h>

#include "control/services/route53/route53.h"

static const struct err_kind not_private = { "HostedZoneNotPrivate", 400 };

/* What an account may have; of kinds that are not done there is none. */
static const struct {
	const char *type, *kind;
	int max;
} limits[] = {
	{ "MAX_HEALTH_CHECKS_BY_OWNER", NULL, 200 },
	{ "MAX_HOSTED_ZONES_BY_OWNER", R53_ZONE, R53_MAX_ZONES },
	{ "MAX_TRAFFIC_POLICY_INSTANCES_BY_OWNER", NULL, 5 },
	{ "MAX_REUSABLE_DELEGATION_SETS_BY_OWNER", R53_SET, R53_MAX_SETS },
	{ "MAX_TRAFFIC_POLICIES_BY_OWNER", NULL, 50 },
};

static int
answer(struct call *c, int max, int64_t count)
{
	out_set(c, "Limit",
	    json_make("{s:s, s:i}", "Type", in_str(c, "Type"), "Value", max));
	out_int(c, "Count", count);
	return 0;
}

static int
account_limit(struct call *c)
{
	const char *type = in_str(c, "Type");
	struct store_docs docs = { 0 };
	size_t i;

	for (i = 0; i < COUNT(limits) && strcmp(limits[i].type, type) != 0;)
		i++;
	if (r53_ask(c, NULL) < 0)
		return -1;
	if (i == COUNT(limits))
		return err_set(&c->err, &r53_bad_input, "There is no limit '%s'.", type);
	if (limits[i].kind != NULL &&
	    store_list(c->txn, c->scope, limits[i].kind, &docs, &c->err) < 0)
		return -1;
	return answer(c, limits[i].max, (int64_t)docs.n);
}

static int
zone_limit(struct call *c)
{
	json_t *zone;

	if (r53_zone_get(c, "HostedZoneId", &zone) < 0)
		return -1;
	if (strcmp(in_str(c, "Type"), "MAX_RRSETS_BY_ZONE") == 0)
		return answer(c, R53_MAX_RECORDS,
		    json_int(zone, "ResourceRecordSetCount", 0));
	if (!r53_zone_is_private(zone))
		return err_set(&c->err, &not_private,
		    "The specified hosted zone is a public hosted zone, not a private hosted zone.");
	return answer(c, R53_MAX_VPCS, (int64_t)json_array_size(json_get(zone, "_vpcs")));
}

static const struct op ops[] = {
	R53("GetAccountLimit", account_limit, OP_READ,
	    "How much of a kind an account may have, and has."),
	R53("GetHostedZoneLimit", zone_limit, OP_READ,
	    "How much a zone may have, and has."),
};
const struct family route53_limits = FAMILY(ops, NULL);
