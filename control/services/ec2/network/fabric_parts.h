/*
 * What the files of the fabric's document (fabric_document.h) share: the documents of a scope while
 * they are told, and who has which id.
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_FABRIC_PARTS_H
#define CONTROL_SERVICES_EC2_NETWORK_FABRIC_PARTS_H

#include "control/services/ec2/ec2.h"
#include "control/services/ec2/network/fabric_document.h"

/* The gateway of a VPC that has none, while SIMFRA_VPC_ISOLATION is false. */
#define FABRIC_SHARED_GATEWAY "igw-shared"

enum fabric_kind {
	OF_VPC,
	OF_SUBNET,
	OF_INTERFACE,
	OF_INSTANCE,
	OF_GROUP,
	OF_ACL,
	OF_TABLE,
	OF_INTERNET,
	OF_EGRESS,
	OF_NAT,
	OF_ENDPOINT,
	OF_PEERING,
	OF_TRANSIT,
	OF_ATTACHMENT,
	OF_TRANSIT_TABLE,
	OF_LIST,
	OF_FLOW_LOG,
	N_FABRIC_KINDS
};

struct fabric_build {
	struct env *env;
	struct arena *arena;
	struct store_txn *txn;
	enum fabric_reach reach;
	json_t *out;
	const char *internet6; /* of simfra-internet; NULL: none */
	json_t *lists; /* prefix lists that are told: the region of AWS's, "" of others */
	json_t *peerings; /* those that are told: each is in two scopes */

	/* Of the scope in turn; what is retired is in none of these. */
	struct call
	    call; /* for look-ups of other families: scope, account, region, txn */
	struct store_docs docs[N_FABRIC_KINDS];
	json_t *by_id;	  /* every one of these documents */
	json_t *told;	  /* VPCs that are in the document: their row */
	json_t *subnets;  /* of a VPC: an array of rows */
	json_t *tables;	  /* of a subnet, a VPC (the main one) or a gateway: an id */
	json_t *acls;	  /* of a subnet: an id */
	json_t *gateways; /* "internet vpc-1", "egress vpc-1": an id */
	json_t *owners;	  /* of an interface that a service keeps: the id it is for */
	json_t *logged;	  /* what has a flow log */
	json_t *joined;	  /* "tgw-1 vpc-1": an attachment that is available */
	json_t *list_ids; /* of a prefix list: as it is told */
};

/* The scope's document with the id (NULL: none): borrowed, NULL when there is none. */
const json_t *fabric_doc(const struct fabric_build *b, const char *id);

/* Text at a path "list.member" of the list's first element, or "member.member": "" when absent. */
const char *fabric_text_at(const json_t *doc, const char *list, const char *member);

/* "10.0.1.1" of a subnet's document; NULL without IPv4.  And its IPv6 CIDR: NULL. */
const char *fabric_gateway(const struct fabric_build *b, const json_t *subnet);
const char *fabric_cidr6_of(const json_t *subnet);

/* Of the scope in turn, each into its array of the document. */
void fabric_add_interfaces(struct fabric_build *b);
void fabric_add_lists(struct fabric_build *b);
void fabric_add_groups(struct fabric_build *b);
void fabric_add_acls(struct fabric_build *b);
void fabric_add_tables(struct fabric_build *b);
void fabric_add_peerings(struct fabric_build *b);
void fabric_add_transits(struct fabric_build *b);

#endif
