/*
 * EC2: VPC block public access: the region's option, and what is excluded from it.
 *
 * Not emulated on the wire yet: what it blocks; and declarative policies.
 */
#include "control/services/ec2/network/block_public_access.h"

#include <string.h>

static const struct err_kind not_found = {
	"InvalidVpcBlockPublicAccessExclusionId.NotFound", 400
};
static const struct err_kind exists = { "VpcBlockPublicAccessExclusionAlreadyExists",
	400 };
static const struct err_kind limit = { "VpcBlockPublicAccessExclusionLimitExceeded",
	400 };

enum { MAX_EXCLUSIONS = 50 };

#define OPTIONS_ID "options"

static const struct resource options = {
	.service = "ec2",
	.kind = "ec2:vpc-block-public-access-options",
	.type = "vpc-block-public-access-options",
	.id_member = "_id",
	.noun = "options",
	.not_found = &not_found,
	.no_tags = 1,
};

static const struct filter filters[] = {
	{ "internet-gateway-exclusion-mode", "InternetGatewayExclusionMode" },
	{ "resource-arn", "ResourceArn" },
	{ "state", "State" },
	{ NULL, NULL },
};

static const struct resource exclusion = {
	.service = "ec2",
	.kind = "ec2:vpc-block-public-access-exclusion",
	.type = "vpc-block-public-access-exclusion",
	.prefix = "vpcbpa-exclude-",
	.id_member = "ExclusionId",
	.list_member = "VpcBlockPublicAccessExclusions",
	.ids_member = "ExclusionIds",
	.noun = "VPC Block Public Access Exclusion ID",
	.not_found = &not_found,
	.filters = filters,
};

/* The option */

/* As it is from the start, when nobody has set it.  The arena's; NULL and c->err. */
static json_t *
options_of(struct call *c)
{
	json_t *doc;
	int rc = resource_find(c, &options, OPTIONS_ID, &doc);

	if (rc < 0)
		return NULL;
	if (rc > 0)
		return doc;
	return json_own(c->arena,
	    json_make("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "_id", OPTIONS_ID,
		"AwsAccountId", c->account, "AwsRegion", c->region, "State",
		"default-state", "InternetGatewayBlockMode", "off", "ManagedBy",
		"account", "ExclusionsAllowed", "allowed"));
}

static int
describe_options(struct call *c)
{
	json_t *doc = options_of(c);

	if (doc == NULL)
		return -1;
	out_ref(c, "VpcBlockPublicAccessOptions", doc);
	return 0;
}

static int
modify_options(struct call *c)
{
	json_t *doc = options_of(c), *said;

	if (doc == NULL)
		return -1;
	doc = json_own(c->arena, json_copy_deep(doc));
	json_set_str(doc, "InternetGatewayBlockMode",
	    in_str(c, "InternetGatewayBlockMode"));
	json_set_str(doc, "State", "update-complete");
	json_set(doc, "LastUpdateTimestamp", call_now(c));
	resource_put(c, &options, doc);
	said = json_copy_deep(doc);
	json_set_str(said, "State", "update-in-progress");
	out_set(c, "VpcBlockPublicAccessOptions", said);
	return 0;
}

/* What it says of VPCs and subnets */

static const json_t *
exclusion_of(const struct store_docs *all, const char *arn)
{
	for (size_t i = 0; i < all->n; i++) {
		if (strcmp(json_str_or(all->doc[i], "ResourceArn", ""), arn) == 0)
			return all->doc[i];
	}
	return NULL;
}

static const char *
mode_of(struct call *c, const struct store_docs *exclusions, const json_t *doc,
    const struct resource *r, const char *mode)
{
	const json_t *found =
	    exclusion_of(exclusions, resource_arn(c, r, resource_id(r, doc)));

	if (found == NULL)
		found = exclusion_of(exclusions,
		    resource_arn(c, &ec2_vpc, json_str_or(doc, "VpcId", "")));
	if (found == NULL)
		return mode;
	return strcmp(json_str_or(found, "InternetGatewayExclusionMode", ""),
		   "allow-egress") == 0 ?
	    "block-ingress" :
	    "off";
}

int
block_public_access_show(struct call *c, const struct resource *r,
    struct store_docs *docs)
{
	struct store_docs exclusions;
	const char *mode;
	json_t **copies, *set;
	int rc = resource_find(c, &options, OPTIONS_ID, &set);

	if (rc <= 0)
		return rc;
	/* "off" is what the documents say themselves. */
	mode = json_str_or(set, "InternetGatewayBlockMode", "off");
	if (strcmp(mode, "off") == 0)
		return 0;
	if (resource_list(c, &exclusion, &exclusions) < 0)
		return -1;
	copies = arena_calloc(c->arena, docs->n + 1, sizeof(json_t *));
	for (size_t i = 0; i < docs->n; i++) {
		copies[i] = json_own(c->arena, json_copy_shallow(docs->doc[i]));
		json_set(copies[i], "BlockPublicAccessStates",
		    json_make("{s:s}", "InternetGatewayBlockMode",
			mode_of(c, &exclusions, docs->doc[i], r, mode)));
	}
	docs->doc = copies;
	return 0;
}

int
block_public_access_forget(struct call *c, const struct resource *r, const char *id)
{
	struct store_docs all;
	const json_t *doc;

	if (resource_list(c, &exclusion, &all) < 0)
		return -1;
	doc = exclusion_of(&all, resource_arn(c, r, id));
	if (doc != NULL)
		resource_delete_doc(c, &exclusion, resource_id(&exclusion, doc));
	return 0;
}

/* Exclusions */

/* The answer is a step behind the document. */
static void
answer(struct call *c, const json_t *doc, const char *state)
{
	json_t *said = json_copy_deep(doc);

	json_set_str(said, "State", state);
	out_set(c, "VpcBlockPublicAccessExclusion", said);
}

/* The one VPC or subnet that the input names, which must be there: 0 or -1. */
static int
read_resource(struct call *c, char **ret_arn)
{
	const char *vpc = in_str(c, "VpcId"), *subnet = in_str(c, "SubnetId");
	const struct resource *r = vpc != NULL ? &ec2_vpc : &ec2_subnet;
	const char *id = vpc != NULL ? vpc : subnet;
	json_t *doc;

	if (vpc != NULL && subnet != NULL)
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameter vpcId cannot be used with the parameter subnetId");
	if (id == NULL)
		return err_set(&c->err, &ec2_missing,
		    "Either 'vpcId' or 'subnetId' should be provided.");
	if (call_allow(c, r, id) < 0 || resource_get(c, r, id, &doc) < 0)
		return -1;
	*ret_arn = resource_arn(c, r, id);
	return 0;
}

static int
create(struct call *c)
{
	struct store_docs all;
	json_t *doc;
	char *arn;

	if (read_resource(c, &arn) < 0 || resource_list(c, &exclusion, &all) < 0)
		return -1;
	if (exclusion_of(&all, arn) != NULL)
		return err_set(&c->err, &exists,
		    "An exclusion for the resource %s already exists.", arn);
	if (all.n >= MAX_EXCLUSIONS)
		return err_set(&c->err, &limit,
		    "The maximum number of exclusions has been reached.");
	doc = resource_new(c, &exclusion, NULL);
	if (doc == NULL)
		return -1;
	json_set_str(doc, "ResourceArn", arn);
	json_set_str(doc, "InternetGatewayExclusionMode",
	    in_str(c, "InternetGatewayExclusionMode"));
	json_set_str(doc, "State", "create-complete");
	json_set(doc, "CreationTimestamp", call_now(c));
	json_set(doc, "LastUpdateTimestamp", call_now(c));
	resource_put(c, &exclusion, doc);
	answer(c, doc, "create-in-progress");
	return 0;
}

static int
modify(struct call *c)
{
	json_t *doc;

	if (resource_edit(c, &exclusion, in_str(c, "ExclusionId"), &doc) < 0)
		return -1;
	json_set_str(doc, "InternetGatewayExclusionMode",
	    in_str(c, "InternetGatewayExclusionMode"));
	json_set_str(doc, "State", "update-complete");
	json_set(doc, "LastUpdateTimestamp", call_now(c));
	resource_put(c, &exclusion, doc);
	answer(c, doc, "update-in-progress");
	return 0;
}

static int delete (struct call *c)
{
	const char *id = in_str(c, "ExclusionId");
	json_t *doc;

	if (resource_edit(c, &exclusion, id, &doc) < 0)
		return -1;
	json_set(doc, "DeletionTimestamp", call_now(c));
	resource_delete_doc(c, &exclusion, id);
	answer(c, doc, "delete-in-progress");
	return 0;
}

static const struct op ops[] = {
	OP_RES("CreateVpcBlockPublicAccessExclusion", create, 0, &exclusion, NULL,
	    "Exclude a VPC or a subnet from blocking."),
	OP_RES("DeleteVpcBlockPublicAccessExclusion", delete, 0, &exclusion,
	    "ExclusionId", "End an exclusion."),
	OP_RES("DescribeVpcBlockPublicAccessExclusions", resource_describe, OP_READ,
	    &exclusion, NULL, "List what is excluded from blocking."),
	OP("DescribeVpcBlockPublicAccessOptions", describe_options, OP_READ,
	    "Say whether public access is blocked."),
	OP_RES("ModifyVpcBlockPublicAccessExclusion", modify, 0, &exclusion,
	    "ExclusionId", "Set what an exclusion allows."),
	OP("ModifyVpcBlockPublicAccessOptions", modify_options, 0,
	    "Block public access, or do not."),
};
static const struct resource *const resources[] = { &options, &exclusion, NULL };
const struct family ec2_block_public_access = FAMILY(ops, resources);
