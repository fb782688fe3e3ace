/*
 * EC2: policy tables of transit gateways, their entries, and the peering attachments that use them.
 */
#include <stdlib.h>
#include <string.h>

#include "control/services/ec2/network/record.h"
#include "control/services/ec2/network/transit_gateway.h"

static const struct err_kind not_found = { "InvalidTransitGatewayPolicyTableId.NotFound",
	400 };
static const struct err_kind malformed = { "InvalidTransitGatewayPolicyTableId.Malformed",
	400 };
static const struct err_kind no_entry = {
	"InvalidTransitGatewayPolicyTableEntry.NotFound", 400
};
static const struct err_kind entry_exists = {
	"TransitGatewayPolicyTableEntry.AlreadyExists", 400
};
static const struct err_kind already = { "Resource.AlreadyAssociated", 400 };
static const struct err_kind no_association = {
	"InvalidTransitGatewayPolicyTableAssociation.NotFound", 400
};

enum { MAX_ENTRIES = 100, MAX_RULE = 65535 };

static const struct filter filters[] = {
	{ "state", "State" },
	{ "transit-gateway-id", "TransitGatewayId" },
	{ "transit-gateway-policy-table-id", "TransitGatewayPolicyTableId" },
	{ NULL, NULL },
};
static const struct resource policy_table = {
	.service = "ec2",
	.kind = "ec2:transit-gateway-policy-table",
	.type = "transit-gateway-policy-table",
	.prefix = "tgw-ptb-",
	.id_member = "TransitGatewayPolicyTableId",
	.list_member = "TransitGatewayPolicyTables",
	.ids_member = "TransitGatewayPolicyTableIds",
	.noun = "transitGatewayPolicyTable ID",
	.not_found = &not_found,
	.malformed = &malformed,
	.filters = filters,
};

static void
answer(struct call *c, json_t *doc, const char *state)
{
	json_t *copy = json_copy_shallow(doc);

	json_set_str(copy, "State", state);
	out_set(c, "TransitGatewayPolicyTable", copy);
}

static int
create(struct call *c)
{
	const char *id = in_str(c, "TransitGatewayId");
	json_t *gateway, *doc;

	if (call_allow(c, &ec2_transit_gateway, id) < 0 ||
	    record_get(c, &ec2_transit_gateway, id, &gateway) < 0)
		return -1;
	doc = resource_new(c, &policy_table, NULL);
	if (doc == NULL)
		return -1;
	json_set_str(doc, "TransitGatewayId", id);
	json_set_str(doc, "State", "available");
	json_set(doc, "CreationTime", call_now(c));
	resource_put(c, &policy_table, doc);
	answer(c, doc, "pending");
	return 0;
}

static int delete (struct call *c)
{
	const char *id = in_str(c, "TransitGatewayPolicyTableId");
	json_t *doc, *used;
	int rc;

	if (record_edit(c, &policy_table, id, &doc) < 0)
		return -1;
	rc = record_find_by(c, &ec2_transit_gateway_attachment,
	    "Association.TransitGatewayPolicyTableId", id, &used);
	if (rc != 0)
		return rc < 0 ? -1 :
				err_set(&c->err, &ec2_incorrect_state,
				    "%s has non-deleted associations: %s", id,
				    resource_id(&ec2_transit_gateway_attachment, used));
	answer(c, doc, "deleting");
	json_set_str(doc, "State", "deleted");
	return record_retire(c, &policy_table, doc);
}

/* Associations */

static int
read_both(struct call *c, json_t **ret_attachment)
{
	const char *id = in_str(c, "TransitGatewayAttachmentId");
	json_t *table, *doc;

	if (call_allow(c, &ec2_transit_gateway_attachment, id) < 0 ||
	    record_get(c, &policy_table, in_str(c, "TransitGatewayPolicyTableId"),
		&table) < 0 ||
	    transit_gateway_attachment_edit(c, id, NULL, &doc) < 0)
		return -1;
	if (strcmp(json_str_or(doc, "ResourceType", ""), "peering") != 0)
		return err_set(&c->err, &ec2_unsupported,
		    "Policy tables are for peering attachments.");
	if (strcmp(json_str_or(doc, "TransitGatewayId", ""),
		json_str_or(table, "TransitGatewayId", "")) != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "%s and %s belong to different Transit Gateways", id,
		    resource_id(&policy_table, table));
	*ret_attachment = doc;
	return 0;
}

static json_t *
association_of(const json_t *attachment, const char *table, const char *state)
{
	json_t *v = transit_gateway_target_of(attachment);

	json_set_str(v, "TransitGatewayPolicyTableId", table);
	json_set_str(v, "State", state);
	return v;
}

static int
associate(struct call *c)
{
	const char *table = in_str(c, "TransitGatewayPolicyTableId");
	json_t *doc;

	if (read_both(c, &doc) < 0)
		return -1;
	if (json_get(doc, "Association") != NULL)
		return err_set(&c->err, &already,
		    "Transit Gateway Attachment %s is already associated to a table.",
		    resource_id(&ec2_transit_gateway_attachment, doc));
	json_set(doc, "Association",
	    json_make("{s:s, s:s}", "TransitGatewayPolicyTableId", table, "State",
		"associated"));
	resource_put(c, &ec2_transit_gateway_attachment, doc);
	out_set(c, "Association", association_of(doc, table, "associating"));
	return 0;
}

static int
uses(const json_t *attachment, const char *table)
{
	return strcmp(json_str_or(json_get(attachment, "Association"),
			  "TransitGatewayPolicyTableId", ""),
		   table) == 0;
}

static int
disassociate(struct call *c)
{
	const char *table = in_str(c, "TransitGatewayPolicyTableId");
	json_t *doc;

	if (read_both(c, &doc) < 0)
		return -1;
	if (!uses(doc, table))
		return err_set(&c->err, &no_association,
		    "Transit Gateway Attachment %s is not associated to policy table %s.",
		    resource_id(&ec2_transit_gateway_attachment, doc), table);
	json_del(doc, "Association");
	resource_put(c, &ec2_transit_gateway_attachment, doc);
	out_set(c, "Association", association_of(doc, table, "disassociating"));
	return 0;
}

static const struct filter association_filters[] = {
	{ "resource-id", "ResourceId" },
	{ "resource-type", "ResourceType" },
	{ "state", "State" },
	{ "transit-gateway-attachment-id", "TransitGatewayAttachmentId" },
	{ NULL, NULL },
};
static const struct resource association_rows = {
	.service = "ec2",
	.kind = "ec2:transit-gateway-policy-association",
	.id_member = "TransitGatewayAttachmentId",
	.list_member = "Associations",
	.noun = "association",
	.not_found = &no_association,
	.filters = association_filters,
};

static int
get_associations(struct call *c)
{
	const char *id = in_str(c, "TransitGatewayPolicyTableId");
	json_t *list = json_own(c->arena, json_new_array()), *table;
	struct store_docs docs;

	if (record_get(c, &policy_table, id, &table) < 0 ||
	    record_list(c, &ec2_transit_gateway_attachment, &docs) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		if (uses(docs.doc[i], id))
			json_add(list, association_of(docs.doc[i], id, "associated"));
	}
	return record_rows(c, &association_rows, list);
}

/* Entries: rows of the table's "_entries", by their numbers */

static const struct filter entry_filters[] = {
	{ "policy-rule-number", "PolicyRuleNumber" },
	{ "state", "State" },
	{ "target-route-table-id", "TargetRouteTableId" },
	{ NULL, NULL },
};
static const struct resource entry_rows = {
	.service = "ec2",
	.kind = "ec2:transit-gateway-policy-entry",
	.id_member = "PolicyRuleNumber",
	.list_member = "TransitGatewayPolicyTableEntries",
	.noun = "entry",
	.not_found = &no_entry,
	.filters = entry_filters,
};

/* The table to write, and where its entry of the number stands: 1, 0, -1. */
static int
begin_entry(struct call *c, json_t **ret_table, size_t *ret_i)
{
	const char *number = in_str(c, "PolicyRuleNumber");
	const json_t *row;
	size_t i;

	if (strspn(number, "0123456789") != strlen(number) || strlen(number) > 5 ||
	    strtol(number, NULL, 10) < 1 || strtol(number, NULL, 10) > MAX_RULE)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%s) for parameter policyRuleNumber is invalid.", number);
	if (record_edit(c, &policy_table, in_str(c, "TransitGatewayPolicyTableId"),
		ret_table) < 0)
		return -1;
	json_array_foreach(json_get(*ret_table, "_entries"), i, row) {
		if (strcmp(json_str_or(row, "PolicyRuleNumber", ""), number) == 0) {
			*ret_i = i;
			return 1;
		}
	}
	return 0;
}

/* What the call says of the entry goes into its row. */
static int
set_entry(struct call *c, json_t *row)
{
	static const char *const ranges[] = { "SourceCidrBlock", "DestinationCidrBlock" };
	const char *target = in_str(c, "TargetRouteTableId"), *cidr;
	const json_t *rule = in_object(c, "PolicyRule");
	json_t *table;

	if (target != NULL &&
	    record_get(c, &ec2_transit_gateway_table, target, &table) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(ranges); i++) {
		if (json_str(rule, ranges[i]) != NULL &&
		    record_cidr(c, ranges[i], json_str(rule, ranges[i]), &cidr) < 0)
			return -1;
	}
	json_set_str(row, "TargetRouteTableId", target);
	if (rule != NULL)
		json_set(row, "PolicyRule", json_copy_deep(rule));
	return 0;
}

static int
create_entry(struct call *c)
{
	json_t *table, *row;
	size_t i;
	int rc = begin_entry(c, &table, &i);

	if (rc < 0)
		return -1;
	if (rc > 0)
		return err_set(&c->err, &entry_exists, "The rule number %s is in use.",
		    in_str(c, "PolicyRuleNumber"));
	if (json_array_size(json_get(table, "_entries")) >= MAX_ENTRIES)
		return err_set(&c->err, &ec2_bad_value,
		    "A policy table has at most %d entries.", MAX_ENTRIES);
	row = json_add_object(json_need_array(table, "_entries"));
	json_set_str(row, "PolicyRuleNumber", in_str(c, "PolicyRuleNumber"));
	json_set_str(row, "State", "active");
	if (set_entry(c, row) < 0)
		return -1;
	resource_put(c, &policy_table, table);
	out_ref(c, "TransitGatewayPolicyTableEntry", row);
	return 0;
}

static int
edit_entry(struct call *c, json_t **ret_table, size_t *ret_i)
{
	int rc = begin_entry(c, ret_table, ret_i);

	if (rc == 0)
		return err_set(&c->err, &no_entry,
		    "The policy table has no entry with rule number %s.",
		    in_str(c, "PolicyRuleNumber"));
	return rc < 0 ? -1 : 0;
}

static int
modify_entry(struct call *c)
{
	json_t *table, *row;
	size_t i;

	if (edit_entry(c, &table, &i) < 0)
		return -1;
	row = json_array_get(json_get(table, "_entries"), i);
	if (set_entry(c, row) < 0)
		return -1;
	resource_put(c, &policy_table, table);
	out_ref(c, "TransitGatewayPolicyTableEntry", row);
	return 0;
}

static int
delete_entry(struct call *c)
{
	json_t *table, *row;
	size_t i;

	if (edit_entry(c, &table, &i) < 0)
		return -1;
	row = json_copy_deep(json_array_get(json_get(table, "_entries"), i));
	json_set_str(row, "State", "deleted");
	out_set(c, "TransitGatewayPolicyTableEntry", row);
	json_array_remove(json_get(table, "_entries"), i);
	resource_put(c, &policy_table, table);
	return 0;
}

static int
get_entries(struct call *c)
{
	json_t *none = json_own(c->arena, json_new_array()), *table, *list;

	if (record_get(c, &policy_table, in_str(c, "TransitGatewayPolicyTableId"),
		&table) < 0)
		return -1;
	list = json_get(table, "_entries");
	return record_rows(c, &entry_rows, list != NULL ? list : none);
}

#define OF_TABLE(name_, run_, flags_, doc_) \
	OP_RES(name_, run_, flags_, &policy_table, "TransitGatewayPolicyTableId", doc_)

static const struct op ops[] = {
	OF_TABLE("AssociateTransitGatewayPolicyTable", associate, 0,
	    "Let a peering attachment use a policy table."),
	OP_RES("CreateTransitGatewayPolicyTable", create, 0, &policy_table, NULL,
	    "Create a policy table of a transit gateway."),
	OF_TABLE("CreateTransitGatewayPolicyTableEntry", create_entry, 0,
	    "Add a rule to a policy table."),
	OF_TABLE("DeleteTransitGatewayPolicyTable", delete, 0,
	    "Delete a policy table that no attachment uses."),
	OF_TABLE("DeleteTransitGatewayPolicyTableEntry", delete_entry, 0,
	    "Take a rule out of a policy table."),
	OP_RES("DescribeTransitGatewayPolicyTables", record_describe, OP_READ,
	    &policy_table, NULL, "List policy tables."),
	OF_TABLE("DisassociateTransitGatewayPolicyTable", disassociate, 0,
	    "Take an attachment's policy table away."),
	OF_TABLE("GetTransitGatewayPolicyTableAssociations", get_associations, OP_READ,
	    "List the attachments that use a policy table."),
	OF_TABLE("GetTransitGatewayPolicyTableEntries", get_entries, OP_READ,
	    "List a policy table's rules."),
	OF_TABLE("ModifyTransitGatewayPolicyTableEntry", modify_entry, 0,
	    "Change a rule of a policy table."),
};
static const struct resource *const resources[] = { &policy_table, NULL };
const struct family ec2_transit_gateway_policies = FAMILY(ops, resources);
