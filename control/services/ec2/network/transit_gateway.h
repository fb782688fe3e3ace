/*
 * Transit gateways, as their families see each other.
 *
 * Documents, all records (record.h):
 *	ec2:transit-gateway		as Describe shows it
 *	ec2:transit-gateway-attachment	of any type (ResourceType: vpc, vpn, peering, connect);
 *		"Association" is the route table it uses, "_propagations" has the ids of
 *		the tables that learn its ranges, "_vpc" its VPC's id, which "_live_…" has too
 *	ec2:transit-gateway-route-table	"_routes" [{DestinationCidrBlock, Attachment}] are static
 *		ones (no Attachment: a black hole), "_references" those by prefix list
 *
 * What is propagated is not written but worked out when routes are searched.
 * A VPC's route may lead to a gateway that has an attachment of the VPC's in state "available".
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_TRANSIT_GATEWAY_H
#define CONTROL_SERVICES_EC2_NETWORK_TRANSIT_GATEWAY_H

#include "control/api/call.h"
#include "control/api/service.h"

extern const struct resource ec2_transit_gateway, ec2_transit_gateway_attachment,
    ec2_transit_gateway_table;

extern const struct family ec2_transit_gateways, ec2_transit_gateway_attachments,
    ec2_transit_gateway_connects, ec2_transit_gateway_peerings,
    ec2_transit_gateway_policies, ec2_transit_gateway_references,
    ec2_transit_gateway_routes, ec2_transit_gateway_tables;

extern const struct err_kind ec2_incorrect_state; /* IncorrectState 400 */

/* A new table's document, put; without the request's tags.  NULL and c->err. */
json_t *transit_gateway_table_make(struct call *c, const char *gateway_id);

/* All tables of the gateway are no more.  0 or -1. */
int transit_gateway_table_drop(struct call *c, const char *gateway_id);

/*
 * A new attachment's document, not put, in state "available": TagSpecifications of the request are
 * its tags when they are for attachments.  NULL and c->err.
 */
json_t *transit_gateway_attach(struct call *c, const json_t *gateway, const char *type,
    const char *resource_id);

/* The gateway's default tables are the attachment's from now on, where it has such. */
void transit_gateway_use_defaults(const json_t *gateway, json_t *attachment);

/* The attachment, a copy to write, is no more: state "deleted", of no table.  0 or -1. */
int transit_gateway_detach(struct call *c, json_t *attachment);

/* A living attachment of the type (NULL: any): 0 or -1 with its not-found error. */
int transit_gateway_attachment_get(struct call *c, const char *id, const char *type,
    json_t **ret);
int transit_gateway_attachment_edit(struct call *c, const char *id, const char *type,
    json_t **ret);

/* Describe of the attachments of the operation's type; its row has its own list. */
int transit_gateway_describe(struct call *c);

/*
 * The target of a route or of a reference: the attachment's {TransitGatewayAttachmentId, ResourceType,
 * ResourceId}, or *ret NULL for a black hole.  0 or -1.
 */
int transit_gateway_target(struct call *c, const json_t *table, json_t **ret);

/* The attachment's three members, a new value. */
json_t *transit_gateway_target_of(const json_t *attachment);

#endif
