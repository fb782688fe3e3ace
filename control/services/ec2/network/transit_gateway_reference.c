/*
 * EC2: references from transit gateways' route tables to prefix lists: a static route for
 * each entry.
 */
#include <string.h>

#include "control/services/ec2/network/prefix_list.h"
#include "control/services/ec2/network/record.h"
#include "control/services/ec2/network/transit_gateway.h"

static const struct err_kind no_list = { "InvalidPrefixListID.NotFound", 400 };
static const struct err_kind exists = { "TransitGatewayPrefixListReference.AlreadyExists",
	400 };
static const struct err_kind no_reference = {
	"InvalidTransitGatewayPrefixListReference.NotFound", 400
};

static const struct filter filters[] = {
	{ "attachment.resource-id", "TransitGatewayAttachment.ResourceId" },
	{ "attachment.resource-type", "TransitGatewayAttachment.ResourceType" },
	{ "attachment.transit-gateway-attachment-id",
	    "TransitGatewayAttachment.TransitGatewayAttachmentId" },
	{ "is-blackhole", "Blackhole" },
	{ "prefix-list-id", "PrefixListId" },
	{ "prefix-list-owner-id", "PrefixListOwnerId" },
	{ "state", "State" },
	{ NULL, NULL },
};
static const struct resource rows = {
	.service = "ec2",
	.kind = "ec2:transit-gateway-prefix-list-reference",
	.id_member = "PrefixListId",
	.list_member = "TransitGatewayPrefixListReferences",
	.noun = "reference",
	.not_found = &no_reference,
	.filters = filters,
};

/* The table as a copy to write, and where its reference to the list stands: 1, 0, -1. */
static int
begin(struct call *c, json_t **ret_table, size_t *ret_i)
{
	const char *list = in_str(c, "PrefixListId");
	const json_t *row;
	size_t i;

	if (record_edit(c, &ec2_transit_gateway_table,
		in_str(c, "TransitGatewayRouteTableId"), ret_table) < 0)
		return -1;
	json_array_foreach(json_get(*ret_table, "_references"), i, row) {
		if (strcmp(json_str_or(row, "PrefixListId", ""), list) == 0) {
			*ret_i = i;
			return 1;
		}
	}
	return 0;
}

static int
find_list(struct call *c, json_t **ret)
{
	const char *id = in_str(c, "PrefixListId");
	int rc;

	if (call_allow(c, &ec2_prefix_list, id) < 0)
		return -1;
	rc = prefix_list_find(c, id, ret);
	if (rc == 0)
		return err_set(&c->err, &no_list,
		    "The prefix list ID '%s' does not exist", id);
	return rc < 0 ? -1 : 0;
}

static void
answer(struct call *c, const json_t *row, const char *state)
{
	json_t *copy = json_copy_deep(row);

	json_set_str(copy, "State", state);
	out_set(c, "TransitGatewayPrefixListReference", copy);
}

static int
put_reference(struct call *c, json_t *table, json_t *row)
{
	json_t *target;

	if (transit_gateway_target(c, table, &target) < 0)
		return -1;
	json_set_bool(row, "Blackhole", target == NULL);
	if (target != NULL)
		json_set(row, "TransitGatewayAttachment", json_incref(target));
	else
		json_del(row, "TransitGatewayAttachment");
	resource_put(c, &ec2_transit_gateway_table, table);
	return 0;
}

static int
create(struct call *c)
{
	json_t *table, *list, *row;
	size_t i;
	int rc = begin(c, &table, &i);

	if (rc < 0 || find_list(c, &list) < 0)
		return -1;
	if (rc > 0)
		return err_set(&c->err, &exists,
		    "Prefix list %s is already referenced in Transit Gateway Route Table %s.",
		    in_str(c, "PrefixListId"),
		    resource_id(&ec2_transit_gateway_table, table));
	row = json_add_object(json_need_array(table, "_references"));
	json_set_str(row, "TransitGatewayRouteTableId",
	    resource_id(&ec2_transit_gateway_table, table));
	json_set_str(row, "PrefixListId", in_str(c, "PrefixListId"));
	json_set_str(row, "PrefixListOwnerId", json_str(list, "OwnerId"));
	json_set_str(row, "State", "available");
	if (put_reference(c, table, row) < 0)
		return -1;
	answer(c, row, "pending");
	return 0;
}

static int
edit(struct call *c, json_t **ret_table, size_t *ret_i)
{
	int rc = begin(c, ret_table, ret_i);

	if (rc == 0)
		return err_set(&c->err, &no_reference,
		    "Prefix list %s is not referenced in Transit Gateway Route Table %s.",
		    in_str(c, "PrefixListId"), in_str(c, "TransitGatewayRouteTableId"));
	return rc < 0 ? -1 : 0;
}

static int
modify(struct call *c)
{
	json_t *table, *row;
	size_t i;

	if (edit(c, &table, &i) < 0)
		return -1;
	row = json_array_get(json_get(table, "_references"), i);
	if (put_reference(c, table, row) < 0)
		return -1;
	answer(c, row, "modifying");
	return 0;
}

static int delete (struct call *c)
{
	json_t *table, *list;
	size_t i;

	if (edit(c, &table, &i) < 0)
		return -1;
	list = json_get(table, "_references");
	answer(c, json_array_get(list, i), "deleting");
	json_array_remove(list, i);
	resource_put(c, &ec2_transit_gateway_table, table);
	return 0;
}

static int
get(struct call *c)
{
	json_t *table, *none = json_own(c->arena, json_new_array()), *list;

	if (record_get(c, &ec2_transit_gateway_table,
		in_str(c, "TransitGatewayRouteTableId"), &table) < 0)
		return -1;
	list = json_get(table, "_references");
	return record_rows(c, &rows, list != NULL ? list : none);
}

#define OF_TABLE(name_, run_, flags_, doc_)                     \
	OP_RES(name_, run_, flags_, &ec2_transit_gateway_table, \
	    "TransitGatewayRouteTableId", doc_)

static const struct op ops[] = {
	OF_TABLE("CreateTransitGatewayPrefixListReference", create, 0,
	    "Lead a prefix list's ranges to an attachment, or to nowhere."),
	OF_TABLE("DeleteTransitGatewayPrefixListReference", delete, 0,
	    "Delete a reference to a prefix list."),
	OF_TABLE("GetTransitGatewayPrefixListReferences", get, OP_READ,
	    "List a table's references to prefix lists."),
	OF_TABLE("ModifyTransitGatewayPrefixListReference", modify, 0,
	    "Lead a prefix list's ranges elsewhere."),
};
const struct family ec2_transit_gateway_references = FAMILY(ops, NULL);
