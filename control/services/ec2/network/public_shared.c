#include "control/services/ec2/network/public_shared.h"

#include <string.h>

#define OWNER "shared:"

const char *
public_shared_of(const json_t *interface, const json_t *row)
{
	const char *public = json_str(json_get(row, "Association"), "PublicIp");

	if (public != NULL)
		return public;
	return json_str(json_get(interface, "_shared"),
	    json_str_or(row, "PrivateIpAddress", ""));
}

/* Whether the address of a row is to have one of ours. */
static int
is_wanted(const struct call *c, const json_t *interface, const json_t *row)
{
	return !c->env->settings->vpc_isolation &&
	    json_str(json_get(interface, "Attachment"), "InstanceId") != NULL &&
	    json_str(json_get(row, "Association"), "PublicIp") == NULL;
}

/* What it is to have: a new object, the arena's.  NULL and c->err. */
static json_t *
shared_of(struct call *c, const json_t *interface)
{
	json_t *shared = json_own(c->arena, json_new_object());
	const char *id = resource_id(&ec2_network_interface, interface);
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(interface, "PrivateIpAddresses"), i, row) {
		const char *private = json_str_or(row, "PrivateIpAddress", ""), *address;

		if (!is_wanted(c, interface, row))
			continue;
		address = json_str(json_get(interface, "_shared"), private);
		if (address == NULL &&
		    ec2_public_take(c, arena_printf(c->arena, OWNER "%s", id), &address) <
			0)
			return NULL;
		json_set_str(shared, private, address);
	}
	return shared;
}

static int
need_one(struct call *c, const json_t *interface)
{
	const json_t *old = json_get(interface, "_shared");
	json_t *shared = shared_of(c, interface), *doc;
	const char *private;
	json_t *address;

	if (shared == NULL)
		return -1;
	if (old == NULL ? json_object_size(shared) == 0 : json_equal(old, shared))
		return 0;
	if (resource_edit(c, &ec2_network_interface,
		resource_id(&ec2_network_interface, interface), &doc) < 0)
		return -1;
	json_object_foreach(json_get(doc, "_shared"), private, address) {
		if (json_get(shared, private) == NULL)
			ec2_public_give_back(c, json_string_value(address));
	}
	json_del(doc, "_shared");
	if (json_object_size(shared) > 0)
		json_set(doc, "_shared", json_copy_deep(shared));
	resource_put(c, &ec2_network_interface, doc);
	return 0;
}

int
public_shared_need(struct call *c)
{
	struct store_docs all;

	if (resource_list(c, &ec2_network_interface, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (need_one(c, all.doc[i]) < 0)
			return -1;
	}
	return ec2_public_forget_shared(c, OWNER);
}
