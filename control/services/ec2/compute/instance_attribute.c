/*
 * EC2: attributes of instances: metadata options, protection, type, console output.
 *
 * Not emulated yet: kernel and ramdisk by ModifyInstanceAttribute.
 * A machine keeps the processors and memory that it was made with when its type is changed.
 */
#include <string.h>

#include "control/services/ec2/compute/console.h"
#include "control/services/ec2/compute/instance.h"
#include "control/services/ec2/compute/launch.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/storage/volume.h"

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

int
ec2_check_hops(struct call *c, int64_t hops)
{
	if (hops < 1 || hops > 64)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%lld) for parameter HttpPutResponseHopLimit is invalid. The value must be "
		    "between 1 and 64.",
		    (long long)hops);
	return 0;
}

static int
check_alive(struct call *c, const json_t *doc)
{
	enum instance_state state = instance_state(doc);

	if (state == STATE_TERMINATED || state == STATE_SHUTTING_DOWN)
		return err_set(&c->err, &bad_state,
		    "The instance '%s' is not in a valid state for this operation.",
		    resource_id(&ec2_instance, doc));
	return 0;
}

static int
modify_metadata_options(struct call *c)
{
	static const char *const names[] = { "HttpTokens", "HttpEndpoint",
		"HttpProtocolIpv6", "InstanceMetadataTags" };
	int64_t hops = in_int(c, "HttpPutResponseHopLimit", 1);
	json_t *doc, *options;

	if (resource_edit(c, &ec2_instance, in_str(c, "InstanceId"), &doc) < 0 ||
	    check_alive(c, doc) < 0 || ec2_check_hops(c, hops) < 0)
		return -1;
	options = json_need_object(doc, "MetadataOptions");
	for (size_t i = 0; i < COUNT(names); i++)
		json_set_str(options, names[i], in_str(c, names[i]));
	if (in_has(c, "HttpPutResponseHopLimit"))
		json_set_int(options, "HttpPutResponseHopLimit", hops);
	json_set_str(options, "State", "applied");
	resource_put(c, &ec2_instance, doc);
	out_str(c, "InstanceId", resource_id(&ec2_instance, doc));
	options = json_copy_deep(options);
	json_set_str(options, "State", "pending");
	out_set(c, "InstanceMetadataOptions", options);
	return 0;
}

/* DescribeInstanceAttribute, ModifyInstanceAttribute: where the value of each attribute is. */

static const struct attribute {
	const char *name, *member, *path;
	enum { AS_TEXT, AS_BOOL, AS_IT_IS } type;
	int is_ours; /* ModifyInstanceAttribute writes it as it comes */
} attributes[] = {
	{ "blockDeviceMapping", "BlockDeviceMappings", "BlockDeviceMappings", AS_IT_IS,
	    0 },
	{ "disableApiStop", "DisableApiStop", "_stop_protected", AS_BOOL, 1 },
	{ "disableApiTermination", "DisableApiTermination", "_termination_protected",
	    AS_BOOL, 1 },
	{ "ebsOptimized", "EbsOptimized", "EbsOptimized", AS_BOOL, 1 },
	{ "enaSupport", "EnaSupport", "EnaSupport", AS_BOOL, 1 },
	{ "enclaveOptions", "EnclaveOptions", "EnclaveOptions", AS_IT_IS, 0 },
	{ "groupSet", "Groups", "SecurityGroups", AS_IT_IS, 0 },
	{ "instanceInitiatedShutdownBehavior", "InstanceInitiatedShutdownBehavior",
	    "_shutdown_behavior", AS_TEXT, 0 },
	{ "instanceType", "InstanceType", "InstanceType", AS_TEXT, 0 },
	{ "kernel", "KernelId", "KernelId", AS_TEXT, 0 },
	{ "productCodes", "ProductCodes", "ProductCodes", AS_IT_IS, 0 },
	{ "ramdisk", "RamdiskId", "RamdiskId", AS_TEXT, 0 },
	{ "rootDeviceName", "RootDeviceName", "RootDeviceName", AS_TEXT, 0 },
	{ "sourceDestCheck", "SourceDestCheck", "SourceDestCheck", AS_BOOL, 1 },
	{ "sriovNetSupport", "SriovNetSupport", "SriovNetSupport", AS_TEXT, 0 },
	{ "userData", "UserData", "_user_data", AS_TEXT, 0 },
};

static const struct attribute *
attribute_find(const char *name)
{
	for (size_t i = 0; i < COUNT(attributes); i++) {
		if (strcmp(attributes[i].name, name) == 0)
			return &attributes[i];
	}
	return NULL;
}

static int
describe_attribute(struct call *c)
{
	const struct attribute *at = attribute_find(in_str(c, "Attribute"));
	const char *id = in_str(c, "InstanceId");
	json_t *doc, *v;

	if (resource_get(c, &ec2_instance, id, &doc) < 0)
		return -1;
	if (at == NULL)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%s) for parameter attribute is invalid.",
		    in_str(c, "Attribute"));
	out_str(c, "InstanceId", id);
	if (at->type == AS_IT_IS) {
		out_ref(c, at->member, json_get(doc, at->path));
		return 0;
	}
	v = json_new_object();
	if (at->type == AS_BOOL)
		json_set_bool(v, "Value", json_bool(doc, at->path, 0));
	else
		json_set_str(v, "Value", json_str(doc, at->path));
	out_set(c, at->member, v);
	return 0;
}

/* ModifyInstanceAttribute */

static int
check_stopped(struct call *c, const json_t *doc)
{
	if (instance_state(doc) != STATE_STOPPED)
		return err_set(&c->err, &bad_state,
		    "The instance '%s' is not in the 'stopped' state.",
		    resource_id(&ec2_instance, doc));
	return 0;
}

static int
modify_type(struct call *c, json_t *doc, const char *value)
{
	const struct instance_type *type = instance_type_find(value);

	if (check_stopped(c, doc) < 0)
		return -1;
	if (type == NULL ||
	    strcmp(type->architecture, json_str_or(doc, "Architecture", "")) != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Invalid value '%s' for InstanceType.", value);
	json_set_str(doc, "InstanceType", value);
	return 0;
}

static int
modify_behavior(struct call *c, json_t *doc, const char *value)
{
	if (strcmp(value, "stop") != 0 && strcmp(value, "terminate") != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%s) for parameter instanceInitiatedShutdownBehavior is invalid.",
		    value);
	json_set_str(doc, "_shutdown_behavior", value);
	return 0;
}

/* It is shown, and metadata has it; a machine runs its user data once in its life. */
static int
modify_user_data(struct call *c, json_t *doc, const char *value)
{
	const char *text;

	if (check_stopped(c, doc) < 0 || launch_user_data(c, value, &text) < 0)
		return -1;
	if (text != NULL)
		json_set_str(doc, "_user_data", text);
	else
		json_del(doc, "_user_data");
	return 0;
}

static const struct {
	const char *name, *member;
	int (*modify)(struct call *c, json_t *doc, const char *value);
} texts[] = {
	{ "instanceInitiatedShutdownBehavior", "InstanceInitiatedShutdownBehavior",
	    modify_behavior },
	{ "instanceType", "InstanceType", modify_type },
	{ "userData", "UserData", modify_user_data },
};

/* Both the instance's document and its first interface's have the groups. */
static int
modify_groups(struct call *c, json_t *doc, const json_t *ids)
{
	json_t *row = json_array_get(json_get(doc, "NetworkInterfaces"), 0);
	json_t *subnet, *interface, *groups;

	if (check_alive(c, doc) < 0 ||
	    resource_get(c, &ec2_subnet, json_str_or(row, "SubnetId", ""), &subnet) < 0 ||
	    ec2_security_groups_for(c, subnet, ids, NULL, &groups) < 0 ||
	    resource_edit(c, &ec2_network_interface,
		json_str_or(row, "NetworkInterfaceId", ""), &interface) < 0)
		return -1;
	json_set(doc, "SecurityGroups", json_copy_deep(groups));
	json_set(row, "Groups", json_copy_deep(groups));
	json_set(interface, "Groups", json_copy_deep(groups));
	resource_put(c, &ec2_network_interface, interface);
	return 0;
}

/* A member an attribute: how many there are, or -1. */
static int
modify_members(struct call *c, json_t *doc)
{
	const json_t *groups = in_list(c, "Groups"),
		     *devices = in_list(c, "BlockDeviceMappings");
	const char *value;
	int n = 0, on;

	for (size_t i = 0; i < COUNT(attributes); i++) {
		if (!attributes[i].is_ours ||
		    !in_attribute_bool(c, attributes[i].member, &on))
			continue;
		json_set_bool(doc, attributes[i].path, on);
		n++;
	}
	for (size_t i = 0; i < COUNT(texts); i++) {
		value = json_str(in_object(c, texts[i].member), "Value");
		if (value == NULL)
			continue;
		if (texts[i].modify(c, doc, value) < 0)
			return -1;
		n++;
	}
	if (json_array_size(devices) > 0) {
		if (check_alive(c, doc) < 0 || ec2_volumes_modify(c, doc, devices) < 0)
			return -1;
		n++;
	}
	if (json_array_size(groups) == 0)
		return n;
	return modify_groups(c, doc, groups) < 0 ? -1 : n + 1;
}

/* The old form: Attribute and Value.  1 or -1. */
static int
modify_named(struct call *c, json_t *doc, const char *name)
{
	const struct attribute *at = attribute_find(name);
	const char *value = in_str(c, "Value");

	if (value == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter value");
	if (at != NULL && at->is_ours) {
		if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
			return err_set(&c->err, &ec2_bad_value,
			    "Value (%s) for parameter value is invalid. Expecting a boolean.",
			    value);
		json_set_bool(doc, at->path, strcmp(value, "true") == 0);
		return 1;
	}
	for (size_t i = 0; i < COUNT(texts); i++) {
		if (strcmp(texts[i].name, name) == 0)
			return texts[i].modify(c, doc, value) < 0 ? -1 : 1;
	}
	return err_set(&c->err, &ec2_unsupported,
	    "The attribute %s cannot be modified here.", name);
}

static int
modify_attribute(struct call *c)
{
	static const char *const refused[] = { "EnclaveOptions", "Kernel", "Ramdisk",
		"SriovNetSupport", NULL };
	const char *name = in_str(c, "Attribute");
	json_t *doc;
	int n, more = 0;

	if (ec2_refuse(c, refused) < 0 ||
	    resource_edit(c, &ec2_instance, in_str(c, "InstanceId"), &doc) < 0)
		return -1;
	n = modify_members(c, doc);
	if (n >= 0 && name != NULL)
		more = modify_named(c, doc, name);
	if (n < 0 || more < 0)
		return -1;
	/* EC2 API: "You can specify only one attribute at a time." */
	if (n + more != 1)
		return err_set(&c->err, &ec2_bad_combination, "%s",
		    n + more == 0 ? "No attributes specified." :
				    "Fields for multiple attribute types specified");
	resource_put(c, &ec2_instance, doc);
	return 0;
}

/* DescribeInstanceCreditSpecifications: of burstable types alone. */

static const struct filter credit_filters[] = {
	{ "instance-id", "InstanceId" },
	{ NULL, NULL },
};

static int
describe_credits(struct call *c)
{
	struct resource row = ec2_instance;
	struct store_docs all, burstable;
	json_t **rows, *out;
	size_t n = 0;

	if (resource_list(c, &ec2_instance, &all) < 0)
		return -1;
	rows = arena_calloc(c->arena, all.n + 1, sizeof(json_t *));
	for (size_t i = 0; i < all.n; i++) {
		const char *type = json_str_or(all.doc[i], "InstanceType", "");

		/* EC2 User Guide: T2 is launched as standard, T3 and later as unlimited. */
		if (type[0] == 't' && instance_state(all.doc[i]) != STATE_TERMINATED)
			rows[n++] = json_own(c->arena,
			    json_make("{s:s, s:s}", "InstanceId",
				resource_id(&ec2_instance, all.doc[i]), "CpuCredits",
				json_str_or(all.doc[i], "_credits",
				    type[1] == '2' ? "standard" : "unlimited")));
	}
	burstable.n = n;
	burstable.doc = rows;
	row.filters = credit_filters;
	if (resource_select(c, &row, &burstable, &out) < 0 ||
	    resource_page(c, &row, out) < 0)
		return -1;
	out_ref(c, "InstanceCreditSpecifications", out);
	return 0;
}

static const struct op ops[] = {
	OP_RES("DescribeInstanceAttribute", describe_attribute, OP_READ, &ec2_instance,
	    "InstanceId", "Show one attribute of an instance."),
	OP_RES("DescribeInstanceCreditSpecifications", describe_credits, OP_READ,
	    &ec2_instance, NULL, "Show how burstable instances pay for what they use."),
	OP_RES("GetConsoleOutput", get_console_output, OP_READ, &ec2_instance,
	    "InstanceId", "Show what an instance printed."),
	OP_RES("ModifyInstanceAttribute", modify_attribute, 0, &ec2_instance,
	    "InstanceId",
	    "Set protection, shutdown behaviour or, when stopped, the type."),
	OP_RES("ModifyInstanceMetadataOptions", modify_metadata_options, 0, &ec2_instance,
	    "InstanceId", "Set how an instance may reach its metadata."),
};
const struct family ec2_instance_attributes = FAMILY(ops, NULL);
