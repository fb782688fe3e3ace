/*
 * EC2: what its families share: resource rows, error kinds, look-ups.
 */
#ifndef CONTROL_SERVICES_EC2_EC2_H
#define CONTROL_SERVICES_EC2_EC2_H

#include "control/api/call.h"
#include "control/api/resource.h"
#include "control/api/service.h"
#include "netdns/plan.h"

/* Rows; each belongs to the family of its file. */
extern const struct resource ec2_vpc, ec2_subnet, ec2_security_group,
    ec2_internet_gateway, ec2_route_table, ec2_key_pair, ec2_image, ec2_instance,
    ec2_network_interface;

extern const struct family ec2_vpcs, ec2_subnets, ec2_security_groups,
    ec2_security_group_rules, ec2_internet_gateways, ec2_route_tables, ec2_network_acls,
    ec2_dhcp_options_sets, ec2_addresses, ec2_key_pairs, ec2_images, ec2_instances,
    ec2_instance_states, ec2_instance_attributes, ec2_network_interfaces, ec2_tags,
    ec2_regions;

extern const struct family ec2_image_attributes, ec2_image_making, ec2_volumes,
    ec2_volume_attachments, ec2_volume_modifications, ec2_mounts, ec2_snapshots,
    ec2_snapshot_sharing, ec2_ebs_settings;

extern const struct service ec2_service;

/* Words that several families say. */
extern const struct err_kind ec2_bad_value;	  /* InvalidParameterValue 400 */
extern const struct err_kind ec2_bad_combination; /* InvalidParameterCombination 400 */
extern const struct err_kind ec2_missing;	  /* MissingParameter 400 */
extern const struct err_kind ec2_unsupported;	  /* UnsupportedOperation 400 */
extern const struct err_kind ec2_dependency;	  /* DependencyViolation 400 */

/*
 * A parameter that AWS has and we do not honour is refused: 0 when none of the
 * names (ending with NULL) is in the input, or -1 UnsupportedOperation.
 */
int ec2_refuse(struct call *c, const char *const *names);

/*
 * As ec2_refuse, of the members of a structure of the input (NULL: absent) all but the
 * known ones.
 */
int ec2_refuse_members(struct call *c, const char *parameter, json_t *v,
    const char *const *known);

/*
 * Leave only the documents whose text `member` is one of the values; no values leave all.
 * The first value that nobody has, or NULL.
 */
const char *ec2_narrow(struct call *c, struct store_docs *docs, const char *member,
    const json_t *values);

/* A CIDR of the input, as a canonical network with a length from min to max: 0 or -1. */
int ec2_cidr(struct call *c, const char *parameter, const char *text, struct net4 *ret);

/* What a new VPC has from the start; in their own files.  0 or -1. */
int ec2_security_group_default(struct call *c, const char *vpc_id);
int ec2_route_table_main(struct call *c, const char *vpc_id, const char *cidr,
    const char **ret_id);
int ec2_network_acl_default(struct call *c, const char *vpc_id);

/* The VPC has IPv6 now: its default group lets that out, too, unless its rules were changed. */
int ec2_security_group_ipv6(struct call *c, const char *vpc_id);

/* The id of the region's default DHCP options, made on first use: 0 or -1. */
int ec2_dhcp_options_default(struct call *c, const char **ret_id);

/* An internet gateway that is attached, and the main route table's way to it. */
int ec2_internet_gateway_default(struct call *c, const char *vpc_id);

/* Remove those again, with the VPC. */
int ec2_security_group_drop(struct call *c, const char *vpc_id);
int ec2_route_table_drop(struct call *c, const char *vpc_id);
int ec2_network_acl_drop(struct call *c, const char *vpc_id);

/* Make a VPC, all of the above included; cidr is canonical. */
json_t *ec2_vpc_make(struct call *c, const char *cidr, int is_default);
json_t *ec2_default_vpc_make(struct call *c); /* with gateway and subnets */
json_t *ec2_subnet_make(struct call *c, const json_t *vpc, const char *cidr,
    const char *zone, int is_default);

/* "{region}a" for "{region}", by index: 0 - 2; ids as "use1-az1". */
enum { EC2_ZONES = 3 };
char *ec2_zone_name(const struct call *c, unsigned i);
char *ec2_zone_id(const struct call *c, unsigned i);

/*
 * The route table that a subnet uses: its own, or the VPC's main one.  0 or -1.
 */
int ec2_route_table_of(struct call *c, const char *vpc_id, const char *subnet_id,
    json_t **ret);

/* A key pair's document by its name: 1, 0, -1. */
int ec2_key_pair_find(struct store_txn *t, const char *scope, const char *name,
    json_t **ret, struct err *err);

/*
 * Security groups for a new interface: ids (or names; both may be NULL) checked to be of the
 * subnet's VPC, its default one if there are none: [{GroupId, GroupName}], the arena's.
 */
int ec2_security_groups_for(struct call *c, const json_t *subnet, const json_t *ids,
    const json_t *names, json_t **ret_groups);

/* The subnet is no more: it uses no route table of its own.  0 or -1. */
int ec2_route_table_forget_subnet(struct call *c, const char *subnet_id);

/*
 * An image by its id: of the account, or of the catalogue.  Its "_docker_image" is the explicit
 * one of RegisterImage, or absent, when its Name chooses.  0 or -1 InvalidAMIID.…
 */
int ec2_image_get(struct call *c, const char *id, json_t **ret);

/* Network interfaces */

struct ec2_interface_spec {
	const json_t *subnet;
	const char *address;	 /* NULL: the next free one */
	const char *description; /* NULL: "" */
	const json_t *groups;	 /* [{GroupId, GroupName}] */
	int delete_on_termination;
};
/* A new interface's document, already put; the arena's. NULL and c->err. */
json_t *ec2_interface_make(struct call *c, const struct ec2_interface_spec *spec);

/*
 * Addresses that are public.  ec2_public_take gives one of the pool to `owner` (an id);
 * ec2_public_give_back frees it; ec2_associate writes it into the interface and its instance.
 */
int ec2_public_take(struct call *c, const char *owner, const char **ret);
void ec2_public_give_back(struct call *c, const char *address);

/* This very one, if it is free: 1, 0, -1. */
int ec2_public_take_this(struct call *c, const char *owner, const char *address);

/* Whose it is: 1, the scope and the id; 0, -1.  And: it is now the caller's `owner`. */
int ec2_public_owner(struct call *c, const char *address, const char **ret_scope,
    const char **ret_owner);
void ec2_public_move(struct call *c, const char *owner, const char *address);

/*
 * Those of the scope whose owner is `prefix` and an interface that is no more are free.
 * 0 or -1.
 */
int ec2_public_forget_shared(struct call *c, const char *prefix);

/*
 * Write the association into the interface's and the instance's documents (as Describe shows
 * them); address NULL takes it away.  allocation and association ids are NULL for an
 * address that is not Elastic.
 */
struct ec2_association {
	const char *address, *allocation_id, *association_id;
	const char *private; /* address of the interface; NULL: its primary one */
};
int ec2_associate(struct call *c, const char *interface_id,
    const struct ec2_association *a);

/* The VPC's DNS host names are on or off: its public addresses get or lose theirs.  0 or -1. */
int ec2_rename_public(struct call *c, const char *vpc_id);

/* Remove the interface's document and free what it holds. */
int ec2_interface_drop(struct call *c, const char *interface_id);

#endif
