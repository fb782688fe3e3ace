/*
 * EC2: route tables of transit gateways: who uses one, and who tells it its ranges.
 *
 * Both are written in the attachment.  Not emulated: announcements to other gateways.
 */
#include <string.h>

#include "control/services/ec2/network/record.h"
#include "control/services/ec2/network/transit_gateway.h"

static const struct err_kind not_found = { "InvalidRouteTableID.NotFound", 400 };
static const struct err_kind malformed = { "InvalidRouteTableId.Malformed", 400 };
static const struct err_kind already = { "Resource.AlreadyAssociated", 400 };
static const struct err_kind no_association = { "InvalidAssociation.NotFound", 400 };
static const struct err_kind propagates = {
	"TransitGatewayRouteTablePropagation.Duplicate", 400
};
static const struct err_kind no_propagation = {
	"TransitGatewayRouteTablePropagation.NotFound", 400
};

static const struct filter filters[] = {
	{ "default-association-route-table", "DefaultAssociationRouteTable" },
	{ "default-propagation-route-table", "DefaultPropagationRouteTable" },
	{ "state", "State" },
	{ "transit-gateway-id", "TransitGatewayId" },
	{ "transit-gateway-route-table-id", "TransitGatewayRouteTableId" },
	{ NULL, NULL },
};

const struct resource ec2_transit_gateway_table = {
	.service = "ec2",
	.kind = "ec2:transit-gateway-route-table",
	.type = "transit-gateway-route-table",
	.prefix = "tgw-rtb-",
	.id_member = "TransitGatewayRouteTableId",
	.list_member = "TransitGatewayRouteTables",
	.ids_member = "TransitGatewayRouteTableIds",
	.noun = "transitGatewayRouteTable ID",
	.not_found = &not_found,
	.malformed = &malformed,
	.filters = filters,
};

static void
fill(const struct call *c, json_t *doc, const char *gateway_id)
{
	json_set_str(doc, "TransitGatewayId", gateway_id);
	json_set_str(doc, "State", "available");
	json_set_bool(doc, "DefaultAssociationRouteTable", 0);
	json_set_bool(doc, "DefaultPropagationRouteTable", 0);
	json_set(doc, "CreationTime", call_now(c));
}

json_t *
transit_gateway_table_make(struct call *c, const char *gateway_id)
{
	json_t *doc = json_own(c->arena, json_new_object());

	json_set_str(doc, "TransitGatewayRouteTableId", record_id(c, "tgw-rtb-"));
	json_set(doc, "Tags", json_new_array());
	fill(c, doc, gateway_id);
	resource_put(c, &ec2_transit_gateway_table, doc);
	return doc;
}

/* Nobody tells the table anything any more. */
static int
forget_propagations(struct call *c, const char *table)
{
	json_t *one = json_own(c->arena, json_make("[s]", table)), *doc;
	struct store_docs docs;

	if (record_list(c, &ec2_transit_gateway_attachment, &docs) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		if (!json_has_str(json_get(docs.doc[i], "_propagations"), table))
			continue;
		if (transit_gateway_attachment_edit(c,
			resource_id(&ec2_transit_gateway_attachment, docs.doc[i]), NULL,
			&doc) < 0)
			return -1;
		record_take_away(json_get(doc, "_propagations"), one);
		resource_put(c, &ec2_transit_gateway_attachment, doc);
	}
	return 0;
}

static int
retire(struct call *c, json_t *doc)
{
	if (forget_propagations(c, resource_id(&ec2_transit_gateway_table, doc)) < 0)
		return -1;
	json_set_str(doc, "State", "deleted");
	return record_retire(c, &ec2_transit_gateway_table, doc);
}

int
transit_gateway_table_drop(struct call *c, const char *gateway_id)
{
	struct store_docs docs;
	json_t *doc;

	if (record_list(c, &ec2_transit_gateway_table, &docs) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		if (strcmp(json_str_or(docs.doc[i], "TransitGatewayId", ""),
			gateway_id) != 0)
			continue;
		if (record_edit(c, &ec2_transit_gateway_table,
			resource_id(&ec2_transit_gateway_table, docs.doc[i]), &doc) < 0 ||
		    retire(c, doc) < 0)
			return -1;
	}
	return 0;
}

/* CreateTransitGatewayRouteTable, DeleteTransitGatewayRouteTable */

static int
create(struct call *c)
{
	const char *gateway_id = in_str(c, "TransitGatewayId");
	json_t *gateway, *doc;

	if (call_allow(c, &ec2_transit_gateway, gateway_id) < 0 ||
	    record_get(c, &ec2_transit_gateway, gateway_id, &gateway) < 0)
		return -1;
	doc = resource_new(c, &ec2_transit_gateway_table, NULL);
	if (doc == NULL)
		return -1;
	fill(c, doc, gateway_id);
	resource_put(c, &ec2_transit_gateway_table, doc);
	doc = json_copy_shallow(doc);
	json_set_str(doc, "State", "pending");
	out_set(c, "TransitGatewayRouteTable", doc);
	return 0;
}

static int delete (struct call *c)
{
	const char *id = in_str(c, "TransitGatewayRouteTableId");
	json_t *doc, *used, *copy;
	int rc;

	if (record_edit(c, &ec2_transit_gateway_table, id, &doc) < 0)
		return -1;
	if (json_bool(doc, "DefaultAssociationRouteTable", 0) ||
	    json_bool(doc, "DefaultPropagationRouteTable", 0))
		return err_set(&c->err, &ec2_incorrect_state,
		    "Cannot delete a default route table (%s).", id);
	rc = record_find_by(c, &ec2_transit_gateway_attachment,
	    "Association.TransitGatewayRouteTableId", id, &used);
	if (rc != 0)
		return rc < 0 ? -1 :
				err_set(&c->err, &ec2_incorrect_state,
				    "%s has non-deleted associations: %s", id,
				    resource_id(&ec2_transit_gateway_attachment, used));
	copy = json_copy_shallow(doc);
	json_set_str(copy, "State", "deleting");
	out_set(c, "TransitGatewayRouteTable", copy);
	return retire(c, doc);
}

/* Associate, Enable: the table and an attachment of the same gateway */

static int
read_both(struct call *c, json_t **ret_attachment)
{
	const char *id = in_str(c, "TransitGatewayRouteTableId"),
		   *attachment = in_str(c, "TransitGatewayAttachmentId");
	json_t *table, *doc;

	if (attachment == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter transitGatewayAttachmentId");
	if (call_allow(c, &ec2_transit_gateway_attachment, attachment) < 0 ||
	    record_get(c, &ec2_transit_gateway_table, id, &table) < 0 ||
	    transit_gateway_attachment_edit(c, attachment, NULL, &doc) < 0)
		return -1;
	if (strcmp(json_str_or(table, "TransitGatewayId", ""),
		json_str_or(doc, "TransitGatewayId", "")) != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Transit Gateway Route Table %s and Transit Gateway Attachment %s belong to "
		    "different Transit Gateways",
		    id, attachment);
	if (strcmp(json_str_or(doc, "State", ""), "available") != 0)
		return err_set(&c->err, &ec2_incorrect_state, "%s is in invalid state",
		    attachment);
	*ret_attachment = doc;
	return 0;
}

/* What both kinds of operation answer. */
static void
answer(struct call *c, const char *name, const json_t *attachment, const char *state)
{
	json_t *v = transit_gateway_target_of(attachment);

	json_set_str(v, "TransitGatewayRouteTableId",
	    in_str(c, "TransitGatewayRouteTableId"));
	json_set_str(v, "State", state);
	out_set(c, name, v);
}

json_t *
transit_gateway_target_of(const json_t *attachment)
{
	static const char *const members[] = { "TransitGatewayAttachmentId", "ResourceId",
		"ResourceType" };
	json_t *v = json_new_object();

	for (size_t i = 0; i < COUNT(members); i++)
		json_set_str(v, members[i], json_str(attachment, members[i]));
	return v;
}

static int
associate(struct call *c)
{
	json_t *doc;

	if (read_both(c, &doc) < 0)
		return -1;
	if (json_get(doc, "Association") != NULL)
		return err_set(&c->err, &already,
		    "Transit Gateway Attachment %s is already associated to a route table.",
		    resource_id(&ec2_transit_gateway_attachment, doc));
	json_set(doc, "Association",
	    json_make("{s:s, s:s}", "TransitGatewayRouteTableId",
		in_str(c, "TransitGatewayRouteTableId"), "State", "associated"));
	resource_put(c, &ec2_transit_gateway_attachment, doc);
	answer(c, "Association", doc, "associating");
	return 0;
}

static int
disassociate(struct call *c)
{
	const char *table = in_str(c, "TransitGatewayRouteTableId");
	json_t *doc;

	if (read_both(c, &doc) < 0)
		return -1;
	if (strcmp(json_str_or(json_get(doc, "Association"), "TransitGatewayRouteTableId",
		       ""),
		table) != 0)
		return err_set(&c->err, &no_association,
		    "Transit Gateway Attachment %s is not associated to route table %s.",
		    resource_id(&ec2_transit_gateway_attachment, doc), table);
	json_del(doc, "Association");
	resource_put(c, &ec2_transit_gateway_attachment, doc);
	answer(c, "Association", doc, "disassociating");
	return 0;
}

static int
enable(struct call *c)
{
	static const char *const refused[] = { "TransitGatewayRouteTableAnnouncementId",
		NULL };
	const char *table = in_str(c, "TransitGatewayRouteTableId");
	json_t *doc;

	if (ec2_refuse(c, refused) < 0 || read_both(c, &doc) < 0)
		return -1;
	if (strcmp(json_str_or(doc, "ResourceType", ""), "peering") == 0)
		return err_set(&c->err, &ec2_unsupported,
		    "Route propagation is not supported for Peering Attachments.");
	if (json_has_str(json_get(doc, "_propagations"), table))
		return err_set(&c->err, &propagates,
		    "Propagation %s already exists in Transit Gateway Route Table %s",
		    resource_id(&ec2_transit_gateway_attachment, doc), table);
	json_add_str(json_need_array(doc, "_propagations"), table);
	resource_put(c, &ec2_transit_gateway_attachment, doc);
	answer(c, "Propagation", doc, "enabled");
	return 0;
}

static int
disable(struct call *c)
{
	static const char *const refused[] = { "TransitGatewayRouteTableAnnouncementId",
		NULL };
	const char *table = in_str(c, "TransitGatewayRouteTableId");
	json_t *doc, *one;

	if (ec2_refuse(c, refused) < 0 || read_both(c, &doc) < 0)
		return -1;
	if (!json_has_str(json_get(doc, "_propagations"), table))
		return err_set(&c->err, &no_propagation,
		    "Propagation %s does not exist in Transit Gateway Route Table %s",
		    resource_id(&ec2_transit_gateway_attachment, doc), table);
	one = json_own(c->arena, json_make("[s]", table));
	record_take_away(json_get(doc, "_propagations"), one);
	resource_put(c, &ec2_transit_gateway_attachment, doc);
	answer(c, "Propagation", doc, "disabled");
	return 0;
}

/* Get...: rows of attachments, or of tables */

static const struct filter row_filters[] = {
	{ "resource-id", "ResourceId" },
	{ "resource-type", "ResourceType" },
	{ "transit-gateway-attachment-id", "TransitGatewayAttachmentId" },
	{ NULL, NULL },
};
static const struct resource association_rows = {
	.service = "ec2",
	.kind = "ec2:transit-gateway-association",
	.id_member = "TransitGatewayAttachmentId",
	.list_member = "Associations",
	.noun = "association",
	.not_found = &not_found,
	.filters = row_filters,
};
static const struct resource propagation_rows = {
	.service = "ec2",
	.kind = "ec2:transit-gateway-propagation",
	.id_member = "TransitGatewayAttachmentId",
	.list_member = "TransitGatewayRouteTablePropagations",
	.noun = "propagation",
	.not_found = &not_found,
	.filters = row_filters,
};
static const struct filter table_filters[] = {
	{ "transit-gateway-route-table-id", "TransitGatewayRouteTableId" },
	{ NULL, NULL },
};
static const struct resource table_rows = {
	.service = "ec2",
	.kind = "ec2:transit-gateway-attachment-propagation",
	.id_member = "TransitGatewayRouteTableId",
	.list_member = "TransitGatewayAttachmentPropagations",
	.noun = "propagation",
	.not_found = &not_found,
	.filters = table_filters,
};

typedef int uses_fn(const json_t *attachment, const char *table);

static int
is_associated(const json_t *attachment, const char *table)
{
	return strcmp(json_str_or(json_get(attachment, "Association"),
			  "TransitGatewayRouteTableId", ""),
		   table) == 0;
}

static int
is_propagated(const json_t *attachment, const char *table)
{
	return json_has_str(json_get(attachment, "_propagations"), table);
}

static int
list_users(struct call *c, uses_fn *uses, const char *state, const struct resource *rows)
{
	json_t *list = json_own(c->arena, json_new_array()), *table, *row;
	const char *id = in_str(c, "TransitGatewayRouteTableId");
	struct store_docs docs;

	if (record_get(c, &ec2_transit_gateway_table, id, &table) < 0 ||
	    record_list(c, &ec2_transit_gateway_attachment, &docs) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		if (!uses(docs.doc[i], id))
			continue;
		row = transit_gateway_target_of(docs.doc[i]);
		json_set_str(row, "State", state);
		json_add(list, row);
	}
	return record_rows(c, rows, list);
}

static int
get_associations(struct call *c)
{
	return list_users(c, is_associated, "associated", &association_rows);
}

static int
get_propagations(struct call *c)
{
	return list_users(c, is_propagated, "enabled", &propagation_rows);
}

static int
get_attachment_propagations(struct call *c)
{
	json_t *list = json_own(c->arena, json_new_array()), *doc;
	const json_t *v;
	size_t i;

	if (transit_gateway_attachment_get(c, in_str(c, "TransitGatewayAttachmentId"),
		NULL, &doc) < 0)
		return -1;
	json_array_foreach(json_get(doc, "_propagations"), i, v)
		json_add(list,
		    json_make("{s:s, s:s}", "TransitGatewayRouteTableId",
			json_string_value(v), "State", "enabled"));
	return record_rows(c, &table_rows, list);
}

#define OF_TABLE(name_, run_, flags_, doc_)                     \
	OP_RES(name_, run_, flags_, &ec2_transit_gateway_table, \
	    "TransitGatewayRouteTableId", doc_)

static const struct op ops[] = {
	OF_TABLE("AssociateTransitGatewayRouteTable", associate, 0,
	    "Let an attachment use a route table."),
	OP_RES("CreateTransitGatewayRouteTable", create, 0, &ec2_transit_gateway_table,
	    NULL, "Create a route table of a transit gateway."),
	OF_TABLE("DeleteTransitGatewayRouteTable", delete, 0,
	    "Delete a table that no attachment uses."),
	OP_RES("DescribeTransitGatewayRouteTables", record_describe, OP_READ,
	    &ec2_transit_gateway_table, NULL, "List route tables of transit gateways."),
	OF_TABLE("DisableTransitGatewayRouteTablePropagation", disable, 0,
	    "Stop an attachment from telling a table its ranges."),
	OF_TABLE("DisassociateTransitGatewayRouteTable", disassociate, 0,
	    "Take an attachment's route table away."),
	OF_TABLE("EnableTransitGatewayRouteTablePropagation", enable, 0,
	    "Let an attachment tell a table its ranges."),
	OP_RES("GetTransitGatewayAttachmentPropagations", get_attachment_propagations,
	    OP_READ, &ec2_transit_gateway_attachment, "TransitGatewayAttachmentId",
	    "List the tables that an attachment tells its ranges."),
	OF_TABLE("GetTransitGatewayRouteTableAssociations", get_associations, OP_READ,
	    "List the attachments that use a table."),
	OF_TABLE("GetTransitGatewayRouteTablePropagations", get_propagations, OP_READ,
	    "List the attachments that tell a table their ranges."),
};
static const struct resource *const resources[] = { &ec2_transit_gateway_table, NULL };
const struct family ec2_transit_gateway_tables = FAMILY(ops, resources);
