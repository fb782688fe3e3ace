/*
 * EC2: the instance that comes of what RunInstances was asked for.
 */
#include <string.h>

#include "base/enc.h"
#include "control/services/ec2/compute/launch.h"
#include "control/services/ec2/compute/spot.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/storage/volume.h"

/* What AWS says of every instance of the kind that we have. */
static void
set_constants(struct call *c, json_t *doc)
{
	json_set_str(doc, "RootDeviceType", "ebs");
	json_set(doc, "BlockDeviceMappings", json_new_array());
	json_set(doc, "ProductCodes", json_new_array());
	json_set_str(doc, "VirtualizationType", "hvm");
	json_set_str(doc, "Hypervisor", "xen");
	json_set_bool(doc, "EnaSupport", 1);
	json_set_str(doc, "PlatformDetails", "Linux/UNIX");
	json_set_str(doc, "UsageOperation", "RunInstances");
	json_set(doc, "UsageOperationUpdateTime", call_now(c));
	json_set_str(doc, "CurrentInstanceBootMode", "legacy-bios");
	json_set(doc, "Operator", json_make("{s:b}", "Managed", 0));
}

static void
set_identity(struct call *c, json_t *doc, const struct launch *l, const char *reservation,
    int64_t i)
{
	json_set_str(doc, "_account", c->account);
	json_set_str(doc, "_reservation", reservation);
	json_set_str(doc, "_want", "running");
	json_set_str(doc, "_image", json_str(l->image, "_docker_image"));
	json_set_str(doc, "_image_name",
	    json_str_or(l->image, "_catalogue_name", json_str(l->image, "Name")));
	json_set_str(doc, "_user_data", l->user_data);
	json_set_str(doc, "ImageId", json_str(l->image, "ImageId"));
	json_set_str(doc, "RootDeviceName", json_str(l->image, "RootDeviceName"));
	json_set_str(doc, "InstanceType", l->type->name);
	json_set_str(doc, "Architecture",
	    json_str_or(l->image, "Architecture", "x86_64"));
	json_set_str(doc, "KeyName", l->key_name);
	json_set_int(doc, "AmiLaunchIndex", i);
	json_set(doc, "LaunchTime", call_now(c));
	if (l->profile != NULL)
		instance_set_profile(c, doc, l->profile);
}

/* Interfaces */

/* As the attachment shows them, of the interface of RunInstances. */
static void
set_attachment(json_t *interface, const json_t *asked)
{
	static const char *const same[] = { "EnaSrdSpecification", "EnaQueueCount" };

	for (size_t i = 0; i < COUNT(same); i++) {
		if (json_get(asked, same[i]) != NULL)
			json_set(json_get(interface, "Attachment"), same[i],
			    json_copy_deep(json_get(asked, same[i])));
	}
}

static int
add_interface(struct call *c, json_t *doc, const struct launch *l,
    const struct launch_interface *one)
{
	json_t *interface;

	if (one->id == NULL)
		interface = interface_make(c, one->subnet, one->asked, one->groups,
		    l->interface_tags);
	else if (interface_take(c, one->id, &interface) < 0)
		return -1;
	if (interface == NULL)
		return -1;
	if (one->place.device == 0)
		instance_set_names(c, doc, interface);
	interface_attach(c, interface, doc, &one->place);
	set_attachment(interface, one->asked);
	return 0;
}

static int
add_interfaces(struct call *c, json_t *doc, const struct launch *l)
{
	json_set_str(doc, "PublicDnsName", "");
	for (size_t i = 0; i < l->n_interfaces; i++) {
		if (add_interface(c, doc, l, &l->interfaces[i]) < 0)
			return -1;
	}
	return 0;
}

/* Elastic addresses of interfaces that there were lead to the instance from now on. */
static int
follow_interfaces(struct call *c, const struct launch *l)
{
	json_t *interface;

	for (size_t i = 0; i < l->n_interfaces; i++) {
		const char *id = l->interfaces[i].id;

		if (id != NULL &&
		    (resource_get(c, &ec2_network_interface, id, &interface) < 0 ||
			address_follow_interface(c, interface) < 0))
			return -1;
	}
	return 0;
}

json_t *
launch_make(struct call *c, const struct launch *l, const char *reservation, int64_t i)
{
	json_t *doc = json_own(c->arena, json_new_object());
	const char *id;
	char hex[18];

	random_hex(hex, 17);
	id = arena_printf(c->arena, "i-%s", hex);
	json_set_str(doc, "InstanceId", id);
	instance_set_state(doc, STATE_PENDING);
	instance_set_reason(doc, NULL, NULL, "");
	set_identity(c, doc, l, reservation, i);
	set_constants(c, doc);
	launch_set_options(c, doc, l);
	if (add_interfaces(c, doc, l) < 0 ||
	    ec2_volumes_launch(c, doc, l->mappings, l->volume_tags) < 0)
		return NULL;
	json_set(doc, "Tags",
	    l->tags != NULL ? json_copy_deep(l->tags) : json_new_array());
	if (spot_mark(c, doc, l) < 0)
		return NULL;
	resource_put(c, &ec2_instance, doc);
	if (follow_interfaces(c, l) < 0 ||
	    (l->public_address && instance_assign_public(c, doc) < 0))
		return NULL;
	/* The association rewrote it. */
	return resource_get(c, &ec2_instance, id, &doc) < 0 ? NULL : doc;
}
