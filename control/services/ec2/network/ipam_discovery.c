/*
 * EC2: resource discoveries of IPAM, and which IPAM uses which: records, which find nothing.
 */
#include <string.h>

#include "control/services/ec2/network/ipam.h"
#include "control/services/ec2/network/record.h"

static const struct err_kind not_found = { "InvalidIpamResourceDiscoveryId.NotFound",
	400 };
static const struct err_kind malformed = { "InvalidIpamResourceDiscoveryId.Malformed",
	400 };
static const struct err_kind no_association = {
	"InvalidIpamResourceDiscoveryAssociationId.NotFound", 400
};
static const struct err_kind bad_association = {
	"InvalidIpamResourceDiscoveryAssociationId.Malformed", 400
};
static const struct err_kind not_permitted = { "OperationNotPermitted", 400 };
static const struct err_kind already = { "Resource.AlreadyAssociated", 400 };

static const struct filter filters[] = {
	{ "ipam-resource-discovery-id", "IpamResourceDiscoveryId" },
	{ "is-default", "IsDefault" },
	{ "owner-id", "OwnerId" },
	{ "state", "State" },
	{ NULL, NULL },
};
static const struct resource discoveries = {
	.service = "ec2",
	.kind = "ec2:ipam-resource-discovery",
	.type = "ipam-resource-discovery",
	.prefix = "ipam-res-disco-",
	.id_member = "IpamResourceDiscoveryId",
	.list_member = "IpamResourceDiscoveries",
	.ids_member = "IpamResourceDiscoveryIds",
	.noun = "ipamResourceDiscovery ID",
	.not_found = &not_found,
	.malformed = &malformed,
	.filters = filters,
};

static const struct filter association_filters[] = {
	{ "ipam-id", "IpamId" },
	{ "ipam-resource-discovery-id", "IpamResourceDiscoveryId" },
	{ "is-default", "IsDefault" },
	{ "owner-id", "OwnerId" },
	{ "state", "State" },
	{ NULL, NULL },
};
const struct resource ec2_ipam_association = {
	.service = "ec2",
	.kind = "ec2:ipam-resource-discovery-association",
	.type = "ipam-resource-discovery-association",
	.prefix = "ipam-res-disco-assoc-",
	.id_member = "IpamResourceDiscoveryAssociationId",
	.list_member = "IpamResourceDiscoveryAssociations",
	.ids_member = "IpamResourceDiscoveryAssociationIds",
	.noun = "ipamResourceDiscoveryAssociation ID",
	.not_found = &no_association,
	.malformed = &bad_association,
	.filters = association_filters,
};

static void
fill(const struct call *c, json_t *doc, int is_default)
{
	json_set_str(doc, "IpamResourceDiscoveryArn",
	    ipam_arn(c, &discoveries, resource_id(&discoveries, doc)));
	json_set_str(doc, "IpamResourceDiscoveryRegion", c->region);
	json_set_bool(doc, "IsDefault", is_default);
	json_set_str(doc, "State", "create-complete");
}

static void
fill_association(const struct call *c, json_t *doc, const json_t *ipam,
    const char *discovery, int is_default)
{
	json_set_str(doc, "IpamResourceDiscoveryAssociationArn",
	    ipam_arn(c, &ec2_ipam_association, resource_id(&ec2_ipam_association, doc)));
	json_set_str(doc, "IpamResourceDiscoveryId", discovery);
	json_set_str(doc, "IpamId", resource_id(&ec2_ipam, ipam));
	json_set_str(doc, "IpamArn", json_str(ipam, "IpamArn"));
	json_set_str(doc, "IpamRegion", c->region);
	json_set_bool(doc, "IsDefault", is_default);
	json_set_str(doc, "ResourceDiscoveryStatus", "active");
	json_set_str(doc, "State", "associate-complete");
}

/* Of the IPAM's own: without the request's tags. */
static json_t *
new_own(struct call *c, const struct resource *r)
{
	json_t *doc = json_own(c->arena, json_new_object());

	json_set_str(doc, r->id_member, record_id(c, r->prefix));
	json_set_str(doc, "OwnerId", c->account);
	json_set(doc, "Tags", json_new_array());
	return doc;
}

int
ipam_discovery_default(struct call *c, json_t *ipam)
{
	json_t *doc = new_own(c, &discoveries),
	       *association = new_own(c, &ec2_ipam_association);
	const char *id = resource_id(&discoveries, doc);

	fill(c, doc, 1);
	json_set(doc, "OperatingRegions",
	    json_copy_deep(json_get(ipam, "OperatingRegions")));
	fill_association(c, association, ipam, id, 1);
	resource_put(c, &discoveries, doc);
	resource_put(c, &ec2_ipam_association, association);
	json_set_str(ipam, "DefaultResourceDiscoveryId", id);
	json_set_str(ipam, "DefaultResourceDiscoveryAssociationId",
	    resource_id(&ec2_ipam_association, association));
	return 0;
}

static int
end_association(struct call *c, json_t *doc)
{
	json_set_str(doc, "State", "disassociate-complete");
	return record_retire(c, &ec2_ipam_association, doc);
}

int
ipam_discovery_drop(struct call *c, const char *ipam_id)
{
	struct store_docs docs;
	json_t *doc;

	if (record_list(c, &ec2_ipam_association, &docs) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		if (strcmp(json_str_or(docs.doc[i], "IpamId", ""), ipam_id) != 0)
			continue;
		if (record_edit(c, &ec2_ipam_association,
			resource_id(&ec2_ipam_association, docs.doc[i]), &doc) < 0 ||
		    end_association(c, doc) < 0)
			return -1;
		if (json_bool(doc, "IsDefault", 0) &&
		    (record_edit(c, &discoveries,
			 json_str_or(doc, "IpamResourceDiscoveryId", ""), &doc) < 0 ||
			ipam_end(c, &discoveries, doc) < 0))
			return -1;
	}
	return 0;
}

static int
create(struct call *c)
{
	json_t *doc;

	if (ipam_check_regions(c, in_list(c, "OperatingRegions")) < 0 ||
	    record_check_text(c, "description", in_str(c, "Description")) < 0)
		return -1;
	doc = record_new(c, &discoveries, NULL, NULL);
	if (doc == NULL)
		return -1;
	json_set_str(doc, "Description", in_str(c, "Description"));
	json_set(doc, "OperatingRegions",
	    json_array_size(in_list(c, "OperatingRegions")) > 0 ?
		json_copy_deep(in_list(c, "OperatingRegions")) :
		json_make("[{s:s}]", "RegionName", c->region));
	fill(c, doc, 0);
	resource_put(c, &discoveries, doc);
	ipam_answer(c, "IpamResourceDiscovery", doc, "create-in-progress");
	return 0;
}

static int
modify(struct call *c)
{
	static const char *const refused[] = { "AddOrganizationalUnitExclusions",
		"RemoveOrganizationalUnitExclusions", NULL };
	json_t *doc;

	if (ec2_refuse(c, refused) < 0 ||
	    record_check_text(c, "description", in_str(c, "Description")) < 0 ||
	    record_edit(c, &discoveries, in_str(c, "IpamResourceDiscoveryId"), &doc) <
		0 ||
	    ipam_change_regions(c, doc) < 0)
		return -1;
	json_set_str(doc, "Description", in_str(c, "Description"));
	resource_put(c, &discoveries, doc);
	ipam_answer(c, "IpamResourceDiscovery", doc, "modify-in-progress");
	return 0;
}

static int delete (struct call *c)
{
	const char *id = in_str(c, "IpamResourceDiscoveryId");
	json_t *doc, *used;
	int rc;

	if (record_edit(c, &discoveries, id, &doc) < 0)
		return -1;
	if (json_bool(doc, "IsDefault", 0))
		return err_set(&c->err, &not_permitted,
		    "The default resource discovery %s cannot be deleted.", id);
	rc = record_find_by(c, &ec2_ipam_association, "IpamResourceDiscoveryId", id,
	    &used);
	if (rc != 0)
		return rc < 0 ? -1 :
				err_set(&c->err, &ec2_dependency,
				    "The resource discovery %s has the association %s.",
				    id, resource_id(&ec2_ipam_association, used));
	ipam_answer(c, "IpamResourceDiscovery", doc, "delete-in-progress");
	return ipam_end(c, &discoveries, doc);
}

static int
associate(struct call *c)
{
	const char *discovery = in_str(c, "IpamResourceDiscoveryId"),
		   *ipam_id = in_str(c, "IpamId");
	struct store_docs docs;
	json_t *ipam, *doc;

	if (call_allow(c, &ec2_ipam, ipam_id) < 0 ||
	    record_get(c, &ec2_ipam, ipam_id, &ipam) < 0 ||
	    record_get(c, &discoveries, discovery, &doc) < 0 ||
	    record_list(c, &ec2_ipam_association, &docs) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		if (strcmp(json_str_or(docs.doc[i], "IpamId", ""), ipam_id) == 0 &&
		    strcmp(json_str_or(docs.doc[i], "IpamResourceDiscoveryId", ""),
			discovery) == 0)
			return err_set(&c->err, &already,
			    "%s is already associated with %s.", discovery, ipam_id);
	}
	doc = record_new(c, &ec2_ipam_association, NULL, NULL);
	if (doc == NULL)
		return -1;
	fill_association(c, doc, ipam, discovery, 0);
	resource_put(c, &ec2_ipam_association, doc);
	ipam_answer(c, "IpamResourceDiscoveryAssociation", doc, "associate-in-progress");
	return 0;
}

static int
disassociate(struct call *c)
{
	const char *id = in_str(c, "IpamResourceDiscoveryAssociationId");
	json_t *doc;

	if (record_edit(c, &ec2_ipam_association, id, &doc) < 0)
		return -1;
	if (json_bool(doc, "IsDefault", 0))
		return err_set(&c->err, &not_permitted,
		    "The default association %s cannot be removed.", id);
	ipam_answer(c, "IpamResourceDiscoveryAssociation", doc,
	    "disassociate-in-progress");
	return end_association(c, doc);
}

static const struct op ops[] = {
	OP_RES("AssociateIpamResourceDiscovery", associate, OP_TOKEN, &discoveries,
	    "IpamResourceDiscoveryId", "Let an IPAM use a resource discovery."),
	OP_RES("CreateIpamResourceDiscovery", create, OP_TOKEN, &discoveries, NULL,
	    "Create a resource discovery."),
	OP_RES("DeleteIpamResourceDiscovery", delete, 0, &discoveries,
	    "IpamResourceDiscoveryId", "Delete a discovery that no IPAM uses."),
	OP_RES("DescribeIpamResourceDiscoveries", record_describe, OP_READ, &discoveries,
	    NULL, "List resource discoveries."),
	OP_RES("DescribeIpamResourceDiscoveryAssociations", record_describe, OP_READ,
	    &ec2_ipam_association, NULL, "List which IPAM uses which discovery."),
	OP_RES("DisassociateIpamResourceDiscovery", disassociate, 0,
	    &ec2_ipam_association, "IpamResourceDiscoveryAssociationId",
	    "Keep an IPAM from a resource discovery."),
	OP_RES("ModifyIpamResourceDiscovery", modify, 0, &discoveries,
	    "IpamResourceDiscoveryId", "Change a discovery's regions or description."),
};
static const struct resource *const resources[] = { &discoveries, &ec2_ipam_association,
	NULL };
const struct family ec2_ipam_discoveries = FAMILY(ops, resources);
