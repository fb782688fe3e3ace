/*
 * EC2: addresses that are public: the pool of simfra-internet, and which interface's private
 * address each leads to.
 */
#include <string.h>

#include "control/services/ec2/network/network_interface.h"

static const struct err_kind no_public = { "InsufficientAddressCapacity", 500 };

#define PUBLIC_KIND "ec2:public-ip"

/* arg: an object whose members are the addresses that somebody has. */
static int
is_public_taken(void *arg, uint32_t address)
{
	char text[IP4_TEXT];

	ip4_format(address, text);
	return json_get(arg, text) != NULL;
}

static void
put_public(struct call *c, const char *owner, const char *address)
{
	store_put(c->txn, STORE_SYSTEM, PUBLIC_KIND, address,
	    json_own(c->arena,
		json_make("{s:s, s:s, s:s}", "PublicIp", address, "scope", c->scope,
		    "owner", owner)));
}

int
ec2_public_take(struct call *c, const char *owner, const char **ret)
{
	struct store_docs docs;
	json_t *taken = json_own(c->arena, json_new_object());
	struct plan_internet pool;
	struct net4 net;
	char text[IP4_TEXT];
	uint32_t address;

	if (!net4_parse(c->env->settings->internet_cidr, &net) ||
	    !plan_internet(&net, &pool))
		return err_set(&c->err, &err_internal,
		    "SIMFRA_INTERNET_CIDR: '%s' is no pool",
		    c->env->settings->internet_cidr);
	if (store_list(c->txn, STORE_SYSTEM, PUBLIC_KIND, &docs, &c->err) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++)
		json_set_bool(taken, json_str_or(docs.doc[i], "PublicIp", ""), 1);
	if (!plan_next_public(&pool, 0, is_public_taken, taken, &address))
		return err_set(&c->err, &no_public, "Insufficient capacity.");
	ip4_format(address, text);
	put_public(c, owner, text);
	*ret = arena_strdup(c->arena, text);
	return 0;
}

int
ec2_public_take_this(struct call *c, const char *owner, const char *address)
{
	json_t *doc;
	int rc = store_get(c->txn, STORE_SYSTEM, PUBLIC_KIND, address, &doc, &c->err);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	put_public(c, owner, address);
	return 1;
}

int
ec2_public_owner(struct call *c, const char *address, const char **ret_scope,
    const char **ret_owner)
{
	json_t *doc;
	int rc = store_get(c->txn, STORE_SYSTEM, PUBLIC_KIND, address, &doc, &c->err);

	if (rc > 0) {
		*ret_scope = json_str_or(doc, "scope", "");
		*ret_owner = json_str_or(doc, "owner", "");
	}
	return rc;
}

void
ec2_public_move(struct call *c, const char *owner, const char *address)
{
	put_public(c, owner, address);
}

void
ec2_public_give_back(struct call *c, const char *address)
{
	store_delete(c->txn, STORE_SYSTEM, PUBLIC_KIND, address);
}

int
ec2_public_forget_shared(struct call *c, const char *prefix)
{
	struct store_docs docs;
	json_t *interface;

	if (store_list(c->txn, STORE_SYSTEM, PUBLIC_KIND, &docs, &c->err) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		const char *owner = json_str_or(docs.doc[i], "owner", "");
		int rc;

		if (strncmp(owner, prefix, strlen(prefix)) != 0 ||
		    strcmp(json_str_or(docs.doc[i], "scope", ""), c->scope) != 0)
			continue;
		rc = resource_find(c, &ec2_network_interface, owner + strlen(prefix),
		    &interface);
		if (rc < 0)
			return -1;
		if (rc == 0)
			ec2_public_give_back(c, json_str_or(docs.doc[i], "PublicIp", ""));
	}
	return 0;
}

/* A public name is there while the VPC has DNS host names. */
static json_t *
association_of(const struct call *c, const json_t *vpc, const struct ec2_association *a)
{
	json_t *v = json_new_object();
	char name[NAME_TEXT] = "";
	uint32_t address;

	json_set_str(v, "PublicIp", a->address);
	if (json_bool(vpc, "_dns_hostnames", 0) && ip4_parse(a->address, &address))
		plan_public_name(c->region, address, name);
	json_set_str(v, "PublicDnsName", name);
	json_set_str(v, "IpOwnerId", a->allocation_id != NULL ? c->account : "amazon");
	json_set_str(v, "AllocationId", a->allocation_id);
	json_set_str(v, "AssociationId", a->association_id);
	return v;
}

int
ec2_associate(struct call *c, const char *interface_id, const struct ec2_association *a)
{
	json_t *doc, *vpc, *row, *association;

	if (resource_edit(c, &ec2_network_interface, interface_id, &doc) < 0 ||
	    resource_get(c, &ec2_vpc, json_str_or(doc, "VpcId", ""), &vpc) < 0)
		return -1;
	row = interface_address(doc, a->private);
	if (row == NULL)
		return err_set(&c->err, &ec2_bad_value,
		    "The private IP address '%s' is not assigned to the interface.",
		    a->private);
	json_del(row, "Association");
	if (json_bool(row, "Primary", 0))
		json_del(doc, "Association");
	if (a->address != NULL) {
		association = association_of(c, vpc, a);
		if (json_bool(row, "Primary", 0))
			json_set(doc, "Association", json_copy_deep(association));
		json_set(row, "Association", association);
	}
	return interface_put(c, doc);
}

static int
rename_one(struct call *c, const json_t *interface)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(interface, "PrivateIpAddresses"), i, row) {
		const json_t *old = json_get(row, "Association");
		const struct ec2_association a = {
			.address = json_str(old, "PublicIp"),
			.allocation_id = json_str(old, "AllocationId"),
			.association_id = json_str(old, "AssociationId"),
			.private = json_str(row, "PrivateIpAddress"),
		};

		if (old != NULL &&
		    ec2_associate(c, resource_id(&ec2_network_interface, interface), &a) <
			0)
			return -1;
	}
	return 0;
}

int
ec2_rename_public(struct call *c, const char *vpc_id)
{
	struct store_docs all;

	if (resource_list(c, &ec2_network_interface, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (strcmp(json_str_or(all.doc[i], "VpcId", ""), vpc_id) == 0 &&
		    rename_one(c, all.doc[i]) < 0)
			return -1;
	}
	return 0;
}
