/*
 * EC2: what joins VPCs in the fabric's document (fabric_document.h): peering connections and transit
 * gateways, of whatever accounts and regions.
 */
#include <string.h>

#include "control/services/ec2/network/cidr.h"
#include "control/services/ec2/network/fabric_parts.h"
#include "control/services/ec2/network/prefix_list.h"

void
fabric_add_peerings(struct fabric_build *b)
{
	for (size_t i = 0; i < b->docs[OF_PEERING].n; i++) {
		const json_t *doc = b->docs[OF_PEERING].doc[i];
		const char *id = json_str_or(doc, "VpcPeeringConnectionId", "");

		/* Each side has a document of it. */
		if (strcmp(fabric_text_at(doc, "Status", "Code"), "active") != 0 ||
		    json_get(b->peerings, id) != NULL)
			continue;
		json_set_bool(b->peerings, id, 1);
		json_add(json_get(b->out, "peerings"),
		    json_make("{s:s, s:[s, s]}", "id", id, "vpcs",
			fabric_text_at(doc, "RequesterVpcInfo", "VpcId"),
			fabric_text_at(doc, "AccepterVpcInfo", "VpcId")));
	}
}

/* Transit gateways */

/* Those of a scope, by id: attachments and tables of a gateway, and who tells a table its ranges. */
struct transits {
	json_t *attachments, *tables, *propagations;
};

static int
is_available(const json_t *doc)
{
	return strcmp(json_str_or(doc, "State", ""), "available") == 0;
}

static void
know(struct fabric_build *b, struct transits *t)
{
	const json_t *table;
	size_t k;

	t->attachments = json_own(b->arena, json_new_object());
	t->tables = json_own(b->arena, json_new_object());
	t->propagations = json_own(b->arena, json_new_object());
	for (size_t i = 0; i < b->docs[OF_TRANSIT_TABLE].n; i++) {
		json_t *doc = b->docs[OF_TRANSIT_TABLE].doc[i];

		json_add(json_need_array(t->tables,
			     json_str_or(doc, "TransitGatewayId", "")),
		    json_incref(doc));
	}
	for (size_t i = 0; i < b->docs[OF_ATTACHMENT].n; i++) {
		json_t *doc = b->docs[OF_ATTACHMENT].doc[i];

		if (!is_available(doc))
			continue;
		json_add(json_need_array(t->attachments,
			     json_str_or(doc, "TransitGatewayId", "")),
		    json_incref(doc));
		json_array_foreach(json_get(doc, "_propagations"), k, table)
			json_add(json_need_array(t->propagations,
				     json_string_value(table)),
			    json_incref(doc));
	}
}

/* What is a VPC's has subnets, what is a peering's names the other side; of a VPN there is nothing. */
static void
add_attachment(json_t *list, const json_t *doc)
{
	const json_t *pair = json_get(doc, "_pair"),
		     *subnets = json_get(doc, "SubnetIds");
	json_t *v = json_add_object(list);

	json_set_str(v, "id", json_str(doc, "TransitGatewayAttachmentId"));
	json_set_str(v, "vpc", json_str(doc, "VpcId"));
	if (subnets != NULL)
		json_set(v, "subnets", json_copy_deep(subnets));
	if (pair != NULL) {
		json_set_str(v, "peer", json_str(doc, "ResourceId"));
		json_set_str(v, "peer_attachment", json_str(pair, "id"));
	}
	json_set_str(v, "table",
	    json_str(json_get(doc, "Association"), "TransitGatewayRouteTableId"));
}

/* A route whose attachment is gone is a black hole, as one without any. */
static void
add_static(struct fabric_build *b, json_t *routes, const char *to, const json_t *target)
{
	const char *id = json_str(target, "TransitGatewayAttachmentId");
	json_t *v = json_add_object(routes);

	json_set_str(v, "to", to);
	if (is_available(fabric_doc(b, id)))
		json_set_str(v, "attachment", id);
}

struct learning {
	json_t *routes;
	const char *attachment;
};

static int
add_learnt(void *arg, const char *cidr)
{
	const struct learning *l = arg;

	json_add(l->routes,
	    json_make("{s:s, s:s, s:b}", "to", cidr, "attachment", l->attachment,
		"propagated", 1));
	return 0;
}

static void
add_propagated(struct fabric_build *b, json_t *routes, const json_t *attachments)
{
	const json_t *doc;
	size_t i;

	json_array_foreach(attachments, i, doc) {
		const json_t *vpc = fabric_doc(b, json_str(doc, "VpcId"));
		struct learning l = { routes,
			json_str_or(doc, "TransitGatewayAttachmentId", "") };

		ec2_vpc_each_cidr(vpc, add_learnt, &l);
		if (strcmp(fabric_text_at(doc, "Options", "Ipv6Support"), "enable") == 0)
			ec2_vpc_each_cidr6(vpc, add_learnt, &l);
	}
}

static void
add_table(struct fabric_build *b, json_t *list, const json_t *doc,
    const struct transits *t)
{
	const char *id = json_str_or(doc, "TransitGatewayRouteTableId", "");
	json_t *v = json_add_object(list), *routes = json_need_array(v, "routes");
	const json_t *route, *prefixes, *entry;
	size_t i, k;

	json_set_str(v, "id", id);
	json_array_foreach(json_get(doc, "_routes"), i, route)
		add_static(b, routes, json_str(route, "DestinationCidrBlock"),
		    json_get(route, "Attachment"));
	json_array_foreach(json_get(doc, "_references"), i, route) {
		prefixes = fabric_doc(b, json_str(route, "PrefixListId"));
		json_array_foreach(prefix_list_entries(prefixes, 0), k, entry)
			add_static(b, routes, json_str(entry, "Cidr"),
			    json_get(route, "TransitGatewayAttachment"));
	}
	add_propagated(b, routes, json_get(t->propagations, id));
}

void
fabric_add_transits(struct fabric_build *b)
{
	struct transits t;
	const json_t *doc;
	size_t k;

	know(b, &t);
	for (size_t i = 0; i < b->docs[OF_TRANSIT].n; i++) {
		const char *id =
		    json_str_or(b->docs[OF_TRANSIT].doc[i], "TransitGatewayId", "");
		json_t *v = json_add_object(json_get(b->out, "transits"));

		json_set_str(v, "id", id);
		json_need_array(v, "attachments");
		json_need_array(v, "tables");
		json_array_foreach(json_get(t.attachments, id), k, doc)
			add_attachment(json_get(v, "attachments"), doc);
		json_array_foreach(json_get(t.tables, id), k, doc)
			add_table(b, json_get(v, "tables"), doc, &t);
	}
}
