/*
 * EC2: the account's spot data feed, as a record.
 *
 * Not emulated: what it would write into the bucket.
 */
#include <string.h>

#include "control/services/ec2/compute/spot.h"
#include "control/services/ec2/ec2.h"

#define FEED "feed"

static const struct err_kind not_found = { "InvalidSpotDatafeed.NotFound", 400 };

static const struct resource feed = {
	.service = "ec2",
	.kind = "ec2:spot-datafeed",
	.type = "spot-datafeed-subscription",
	.id_member = "_id",
	.noun = "spot datafeed subscription",
	.not_found = &not_found,
	.no_tags = 1,
};

static int
find(struct call *c, json_t **ret)
{
	int rc = resource_find(c, &feed, FEED, ret);

	if (rc == 0)
		return err_set(&c->err, &not_found,
		    "Spot datafeed subscription does not exist.");
	return rc < 0 ? -1 : 0;
}

static int
create(struct call *c)
{
	const char *bucket = in_str(c, "Bucket"), *prefix = in_str(c, "Prefix");
	json_t *doc;

	if (bucket[0] == '\0')
		return err_set(&c->err, &ec2_bad_value,
		    "Value () for parameter bucket is invalid.");
	if (resource_find(c, &feed, FEED, &doc) < 0)
		return -1;
	doc = json_own(c->arena,
	    json_make("{s:s, s:s, s:s, s:s}", "_id", FEED, "OwnerId", c->account,
		"Bucket", bucket, "State", "Active"));
	json_set_str(doc, "Prefix", prefix);
	resource_put(c, &feed, doc);
	out_ref(c, "SpotDatafeedSubscription", doc);
	return 0;
}

static int delete (struct call *c)
{
	json_t *doc;

	if (resource_find(c, &feed, FEED, &doc) < 0)
		return -1;
	resource_delete_doc(c, &feed, FEED);
	return 0;
}

static int
describe(struct call *c)
{
	json_t *doc;

	if (find(c, &doc) < 0)
		return -1;
	out_ref(c, "SpotDatafeedSubscription", doc);
	return 0;
}

static const struct op ops[] = {
	OP("CreateSpotDatafeedSubscription", create, 0, "Say where spot data would go."),
	OP("DeleteSpotDatafeedSubscription", delete, 0, "Forget where spot data goes."),
	OP("DescribeSpotDatafeedSubscription", describe, OP_READ,
	    "Say where spot data goes."),
};
static const struct resource *const resources[] = { &feed, NULL };
const struct family ec2_spot_datafeeds = FAMILY(ops, resources);
