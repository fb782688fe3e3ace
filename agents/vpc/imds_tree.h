/*
 * The instances of a VPC and what their metadata says.
 *
 * Built whole from the configuration's `imds` (docs/AGENTS.md) and never changed.
 * An instance is known by its IPv4 address and by its `addresses6`.
 * An object of the tree is a directory, a string an answer, {"b64": "…"} an
 * answer in bytes.  A directory named "0=key-name" is listed so and reached as
 * "0", which is how AWS has public-keys/.
 */
#ifndef AGENTS_VPC_IMDS_TREE_H
#define AGENTS_VPC_IMDS_TREE_H

#include <stddef.h>

#include "agents/vpc/net.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

struct imds_instance {
	struct in6_addr address; /* net_mapped() */
	const char *id;
	int is_enabled, needs_token, hop_limit;
	json_t *tree;
	int has_user_data;
	const unsigned char *user_data;
	size_t user_data_len;
	const char *resolv; /* its resolv.conf, by DHCP options; NULL: not told */
};

struct imds_instances;

/* `imds` may be NULL: none.  The caller owns *ret. */
int imds_instances_new(json_t *imds, struct imds_instances **ret, struct err *err);
void imds_instances_free(struct imds_instances *all);

/* The instance of an address, or of an id; NULL when there is none. */
const struct imds_instance *imds_instances_at(const struct imds_instances *all,
    const union net_any *from);
const struct imds_instance *imds_instances_by_id(const struct imds_instances *all,
    const char *id);

/*
 * What is at `path` ("meta-data/placement/", from the tree's top) into `out`: 1,
 * or 0 when nothing is.
 */
int imds_tree_get(json_t *tree, const char *path, struct buf *out);

#endif
