/*
 * What fabric.c and fabric_read.c share: the fabric while it is read, and who has which id.
 *
 * Two passes: what has an id is made and known first, in the order of the document, then bound.
 */
#ifndef NETDNS_FABRIC_INTERNAL_H
#define NETDNS_FABRIC_INTERNAL_H

#include "netdns/fabric.h"

/* Objects from an id, or an address, to a number in its array. */
struct fabric_index {
	json_t *vpcs, *subnets, *enis, *groups, *acls, *lists, *tables, *peerings,
	    *transits;
	json_t *privates,
	    *publics; /* "vpc-1 10.0.1.15", "198.18.16.5": of an interface */
};

/* The same arrays as the fabric's, to write. */
struct fabric_reader {
	struct arena *a;
	struct fabric_index *at;
	struct fabric_vpc *vpcs;
	struct fabric_subnet *subnets; /* of all VPCs, each VPC's together */
	struct fabric_eni *enis;
	struct fabric_group *groups;
	struct fabric_acl *acls;
	struct fabric_list *lists;
	struct fabric_table *tables;
	struct fabric_peering *peerings;
	struct fabric_transit *transits;
	size_t n_vpcs, n_subnets, n_enis, n_groups, n_acls, n_lists, n_tables, n_peerings,
	    n_transits;
};

extern const struct err_kind fabric_bad;

enum { FABRIC_MAX = 65536 }; /* of anything */

/* Where we are, for the message: "vpcs[0]: gateway: …". */
#define FABRIC_WRONG(err, name, what) \
	err_set((err), &fabric_bad, "%s: %s", (name), (what))

/* The number of the id, or -1. */
long fabric_find(const json_t *index, const char *id);

/* Members of a document */

int fabric_text(const json_t *doc, const char *name, const char **ret, struct err *err);

/* That may be absent: NULL. */
int fabric_text_or_none(const json_t *doc, const char *name, const char **ret,
    struct err *err);

/* "container", that may be absent. */
int fabric_container(const json_t *doc, const char **ret, struct err *err);
int fabric_number(const json_t *doc, const char *name, int min, int max, int def,
    int *ret, struct err *err);
int fabric_ports(const json_t *doc, struct fabric_ports *p, struct err *err);
int fabric_cidrs(struct fabric_reader *r, const json_t *doc, const char *name,
    const struct cidr **ret, size_t *ret_n, struct err *err);
int fabric_ip(const json_t *doc, const char *name, int is_needed, struct ip *ret,
    struct err *err);
int fabric_cidr(const json_t *doc, const char *name, int is_needed, struct cidr *ret,
    struct err *err);
int fabric_array(const json_t *doc, const char *name, size_t max, const json_t **ret,
    size_t *ret_n, struct err *err);
int fabric_groups_of(const struct fabric_reader *r, const json_t *doc,
    const struct fabric_group *const **ret, size_t *ret_n, struct err *err);

/* The kinds, bound to what is known */

int fabric_read_list(struct fabric_reader *r, const json_t *doc, size_t i,
    struct err *err);
int fabric_read_group(struct fabric_reader *r, const json_t *doc, size_t i,
    struct err *err);
int fabric_read_acl(struct fabric_reader *r, const json_t *doc, size_t i,
    struct err *err);
int fabric_read_table(struct fabric_reader *r, const json_t *doc, size_t i,
    struct err *err);
int fabric_read_vpc(struct fabric_reader *r, const json_t *doc, size_t i,
    struct err *err);
int fabric_read_eni(struct fabric_reader *r, const json_t *doc, size_t i,
    struct err *err);
int fabric_read_peering(struct fabric_reader *r, const json_t *doc, size_t i,
    struct err *err);
int fabric_read_transit(struct fabric_reader *r, const json_t *doc, size_t i,
    struct err *err);

#endif
