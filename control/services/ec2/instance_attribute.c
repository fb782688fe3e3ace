/*
 * EC2: attributes of instances: metadata options, protection, type, console output.
 *
 * Not emulated yet: kernel, ramdisk, block devices, groups and user data by
 * ModifyInstanceAttribute.
 */
#include <string.h>

#include "control/services/ec2/console.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/instance.h"

static const struct err_kind bad_state = { "IncorrectInstanceState", 400 };

/* GetConsoleOutput */

static int
get_console_output(struct call *c)
{
	const char *id = in_str(c, "InstanceId");
	json_t *doc;
	int rc;

	if (resource_get(c, &ec2_instance, id, &doc) < 0)
		return -1;
	out_str(c, "InstanceId", id);
	rc = store_get(c->txn, c->scope, CONSOLE_KIND, id, &doc, &c->err);
	if (rc < 0)
		return -1;
	if (rc > 0) {
		out_str(c, "Output", json_str(doc, "output"));
		out_set(c, "Timestamp",
		    json_make("f", (double)json_int(doc, "at_ms", 0) / 1000.0));
	} else {
		out_set(c, "Timestamp", call_now(c));
	}
	return 0;
}

/* ModifyInstanceMetadataOptions */

static int
modify_metadata_options(struct call *c)
{
	static const char *const names[] = { "HttpTokens", "HttpEndpoint", "HttpProtocolIpv6",
		"InstanceMetadataTags" };
	int64_t hops = in_int(c, "HttpPutResponseHopLimit", 0);
	json_t *doc, *options;

	if (resource_edit(c, &ec2_instance, in_str(c, "InstanceId"), &doc) < 0)
		return -1;
	options = json_need_object(doc, "MetadataOptions");
	for (size_t i = 0; i < COUNT(names); i++)
		json_set_str(options, names[i], in_str(c, names[i]));
	if (in_has(c, "HttpPutResponseHopLimit")) {
		if (hops < 1 || hops > 64)
			return err_set(&c->err, &ec2_bad_value,
			    "Value (%lld) for parameter HttpPutResponseHopLimit is invalid. The value "
			    "must be between 1 and 64.", (long long)hops);
		json_set_int(options, "HttpPutResponseHopLimit", hops);
	}
	json_set_str(options, "State", "applied");
	resource_put(c, &ec2_instance, doc);
	out_str(c, "InstanceId", resource_id(&ec2_instance, doc));
	options = json_copy_deep(options);
	json_set_str(options, "State", "pending");
	out_set(c, "InstanceMetadataOptions", options);
	return 0;
}

/* DescribeInstanceAttribute: where the value of each attribute is. */

static const struct attribute {
	const char *name, *member, *path;
	enum { AS_TEXT, AS_BOOL } type;
} attributes[] = {
	{ "instanceType", "InstanceType", "InstanceType", AS_TEXT },
	{ "userData", "UserData", "_user_data", AS_TEXT },
	{ "disableApiTermination", "DisableApiTermination", "_termination_protected", AS_BOOL },
	{ "disableApiStop", "DisableApiStop", "_stop_protected", AS_BOOL },
	{ "instanceInitiatedShutdownBehavior", "InstanceInitiatedShutdownBehavior",
	    "_shutdown_behavior", AS_TEXT },
	{ "rootDeviceName", "RootDeviceName", "RootDeviceName", AS_TEXT },
	{ "sourceDestCheck", "SourceDestCheck", "SourceDestCheck", AS_BOOL },
	{ "ebsOptimized", "EbsOptimized", "EbsOptimized", AS_BOOL },
	{ "enaSupport", "EnaSupport", "EnaSupport", AS_BOOL },
};

static int
describe_attribute(struct call *c)
{
	const char *name = in_str(c, "Attribute"), *id = in_str(c, "InstanceId");
	json_t *doc;

	if (resource_get(c, &ec2_instance, id, &doc) < 0)
		return -1;
	out_str(c, "InstanceId", id);
	if (strcmp(name, "groupSet") == 0) {
		out_ref(c, "Groups", json_get(doc, "SecurityGroups"));
		return 0;
	}
	if (strcmp(name, "blockDeviceMapping") == 0) {
		out_ref(c, "BlockDeviceMappings", json_get(doc, "BlockDeviceMappings"));
		return 0;
	}
	for (size_t i = 0; i < COUNT(attributes); i++) {
		const struct attribute *at = &attributes[i];
		json_t *v = json_new_object();

		if (strcmp(at->name, name) != 0) {
			json_decref(v);
			continue;
		}
		if (at->type == AS_BOOL)
			json_set_bool(v, "Value", json_bool(doc, at->path, 0));
		else
			json_set_str(v, "Value", json_str(doc, at->path));
		out_set(c, at->member, v);
		return 0;
	}
	return err_set(&c->err, &ec2_unsupported, "The attribute %s is not supported here.", name);
}

/* ModifyInstanceAttribute */

static int
modify_type(struct call *c, json_t *doc, const char *type)
{
	if (instance_state(doc) != STATE_STOPPED)
		return err_set(&c->err, &bad_state,
		    "The instance '%s' is not in the 'stopped' state.",
		    resource_id(&ec2_instance, doc));
	if (instance_type_find(type) == NULL)
		return err_set(&c->err, &ec2_bad_value,
		    "Invalid value '%s' for InstanceType.", type);
	json_set_str(doc, "InstanceType", type);
	return 0;
}

/* The old form: Attribute and Value; the new: a member an attribute. */
static const char *
value_of(struct call *c, const char *attribute, const char *member)
{
	const char *old = in_str(c, "Attribute");

	if (old != NULL && strcmp(old, attribute) == 0)
		return in_str(c, "Value");
	return json_str(in_object(c, member), "Value");
}

static int
modify_attribute(struct call *c)
{
	static const char *const refused[] = { "BlockDeviceMappings", "Groups", "Kernel",
		"Ramdisk", "SriovNetSupport", "UserData", NULL };
	static const struct {
		const char *member, *kept;
	} bools[] = { { "DisableApiTermination", "_termination_protected" },
		{ "DisableApiStop", "_stop_protected" }, { "SourceDestCheck", "SourceDestCheck" },
		{ "EbsOptimized", "EbsOptimized" }, { "EnaSupport", "EnaSupport" } };
	const char *type, *behavior;
	json_t *doc;
	int on;

	if (ec2_refuse(c, refused) < 0 ||
	    resource_edit(c, &ec2_instance, in_str(c, "InstanceId"), &doc) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(bools); i++) {
		if (in_attribute_bool(c, bools[i].member, &on))
			json_set_bool(doc, bools[i].kept, on);
	}
	type = value_of(c, "instanceType", "InstanceType");
	if (type != NULL && modify_type(c, doc, type) < 0)
		return -1;
	behavior = value_of(c, "instanceInitiatedShutdownBehavior",
	    "InstanceInitiatedShutdownBehavior");
	if (behavior != NULL && strcmp(behavior, "stop") != 0 &&
	    strcmp(behavior, "terminate") != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%s) for parameter instanceInitiatedShutdownBehavior is invalid.",
		    behavior);
	json_set_str(doc, "_shutdown_behavior", behavior);
	resource_put(c, &ec2_instance, doc);
	return 0;
}

static const struct op ops[] = {
	OP_RES("DescribeInstanceAttribute", describe_attribute, OP_READ, &ec2_instance,
	    "InstanceId", "Show one attribute of an instance."),
	OP_RES("GetConsoleOutput", get_console_output, OP_READ, &ec2_instance, "InstanceId",
	    "Show what an instance printed."),
	OP_RES("ModifyInstanceAttribute", modify_attribute, 0, &ec2_instance, "InstanceId",
	    "Set protection, shutdown behaviour or, when stopped, the type."),
	OP_RES("ModifyInstanceMetadataOptions", modify_metadata_options, 0, &ec2_instance,
	    "InstanceId", "Set how an instance may reach its metadata."),
};
const struct family ec2_instance_attributes = FAMILY(ops, NULL);
