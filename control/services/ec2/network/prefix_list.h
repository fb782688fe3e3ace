/*
 * EC2: prefix lists: the user's, and AWS's own (of S3 and DynamoDB), which every region has.
 *
 * A document is as DescribeManagedPrefixLists shows it, and privately:
 *	_versions	{"1": [{Cidr, Description}], …}
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_PREFIX_LIST_H
#define CONTROL_SERVICES_EC2_NETWORK_PREFIX_LIST_H

#include "control/services/ec2/ec2.h"

extern const struct resource ec2_prefix_list;
extern const struct family ec2_prefix_lists, ec2_prefix_list_versions;

/* A list of the caller's region, AWS's included: 1 and the document, 0, -1. */
int prefix_list_find(struct call *c, const char *id, json_t **ret);

/* As prefix_list_find, with the error of one that is not there: 0 or -1. */
int prefix_list_get(struct call *c, const char *id, json_t **ret);

/* The entries of the version (0: the newest) of the list's document, or NULL. */
json_t *prefix_list_entries(const json_t *list, int64_t version);

/* AWS's own lists of the region. */
int prefix_list_aws(struct call *c, struct store_docs *ret);

/* Where the list is used: [{ResourceId, ResourceOwner}], the arena's.  0 or -1. */
int prefix_list_users(struct call *c, const char *id, json_t **ret);

#endif
