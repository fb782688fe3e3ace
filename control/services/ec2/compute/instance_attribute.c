/*
 * EC2: attributes of instances: protection, shutdown behaviour, type, groups and the like.
 *
 * A machine whose type was changed has the processors and memory of the new one when it starts.
 * Not emulated: kernels and RAM disks, which machines of our kind do not have.
 */
#include <string.h>

#include "control/services/ec2/compute/instance.h"
#include "control/services/ec2/compute/instance_settings.h"
#include "control/services/ec2/compute/launch.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/storage/volume.h"

static const struct err_kind bad_state = { "IncorrectInstanceState", 400 };

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
check_stopped(struct call *c, const json_t *doc)
{
	if (instance_state(doc) != STATE_STOPPED)
		return err_set(&c->err, &bad_state,
		    "The instance '%s' is not in the 'stopped' state.",
		    resource_id(&ec2_instance, doc));
	return 0;
}

/* What is said of an instance means its only interface. */
static int
check_single(struct call *c, const json_t *doc)
{
	static const struct err_kind several = { "InvalidInstanceID", 400 };

	if (json_array_size(json_get(doc, "NetworkInterfaces")) > 1)
		return err_set(&c->err, &several,
		    "There are multiple interfaces attached to instance '%s'. Please specify an "
		    "interface ID for the operation instead.",
		    resource_id(&ec2_instance, doc));
	return 0;
}

/* DescribeInstanceAttribute, ModifyInstanceAttribute: where the value of each attribute is. */

static const struct attribute {
	const char *name, *member, *path;
	enum { AS_TEXT, AS_BOOL, AS_IT_IS } type;
	/* ModifyInstanceAttribute writes it as it comes: always, or of a stopped instance. */
	enum { NOT_OURS, ALWAYS, STOPPED } ours;
} attributes[] = {
	{ "blockDeviceMapping", "BlockDeviceMappings", "BlockDeviceMappings", AS_IT_IS,
	    NOT_OURS },
	{ "disableApiStop", "DisableApiStop", "_stop_protected", AS_BOOL, ALWAYS },
	{ "disableApiTermination", "DisableApiTermination", "_termination_protected",
	    AS_BOOL, ALWAYS },
	{ "ebsOptimized", "EbsOptimized", "EbsOptimized", AS_BOOL, STOPPED },
	{ "enaSupport", "EnaSupport", "EnaSupport", AS_BOOL, STOPPED },
	{ "enclaveOptions", "EnclaveOptions", "EnclaveOptions", AS_IT_IS, NOT_OURS },
	{ "groupSet", "Groups", "SecurityGroups", AS_IT_IS, NOT_OURS },
	{ "instanceInitiatedShutdownBehavior", "InstanceInitiatedShutdownBehavior",
	    "_shutdown_behavior", AS_TEXT, NOT_OURS },
	{ "instanceType", "InstanceType", "InstanceType", AS_TEXT, NOT_OURS },
	{ "kernel", "KernelId", "KernelId", AS_TEXT, NOT_OURS },
	{ "productCodes", "ProductCodes", "ProductCodes", AS_IT_IS, NOT_OURS },
	{ "ramdisk", "RamdiskId", "RamdiskId", AS_TEXT, NOT_OURS },
	{ "rootDeviceName", "RootDeviceName", "RootDeviceName", AS_TEXT, NOT_OURS },
	{ "sourceDestCheck", "SourceDestCheck", "SourceDestCheck", AS_BOOL, NOT_OURS },
	{ "sriovNetSupport", "SriovNetSupport", "SriovNetSupport", AS_TEXT, NOT_OURS },
	{ "userData", "UserData", "_user_data", AS_TEXT, NOT_OURS },
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
	if (strcmp(at->name, "groupSet") == 0 && check_single(c, doc) < 0)
		return -1;
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
modify_type(struct call *c, json_t *doc, const char *value)
{
	const struct instance_type *type = instance_type_find(c->arena, value);
	const char *family, *credits;

	if (check_stopped(c, doc) < 0)
		return -1;
	if (type == NULL ||
	    strcmp(type->architecture, json_str_or(doc, "Architecture", "")) != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Invalid value '%s' for InstanceType.", value);
	json_set_str(doc, "InstanceType", value);
	json_set(doc, "CpuOptions", instance_cpu_options(type, NULL));
	family = instance_credit_family(value);
	credits = json_str(doc, "_credits");
	if (family == NULL)
		json_del(doc, "_credits");
	else if (credits == NULL)
		credits = instance_default_credits(c, family);
	if (family != NULL && credits == NULL)
		return -1;
	if (family != NULL && json_get(doc, "_credits") == NULL)
		json_set_str(doc, "_credits", credits);
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

static int
modify_sriov(struct call *c, json_t *doc, const char *value)
{
	if (strcmp(value, "simple") != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%.64s) for parameter sriovNetSupport is invalid.", value);
	if (check_stopped(c, doc) < 0)
		return -1;
	json_set_str(doc, "SriovNetSupport", value);
	return 0;
}

static const struct {
	const char *name, *member;
	int (*modify)(struct call *c, json_t *doc, const char *value);
} texts[] = {
	{ "instanceInitiatedShutdownBehavior", "InstanceInitiatedShutdownBehavior",
	    modify_behavior },
	{ "instanceType", "InstanceType", modify_type },
	{ "sriovNetSupport", "SriovNetSupport", modify_sriov },
	{ "userData", "UserData", modify_user_data },
};

/* The only interface, a copy to write, and the row that shows it: 0 or -1. */
static int
edit_interface(struct call *c, json_t *doc, json_t **ret_row, json_t **ret)
{
	*ret_row = json_array_get(json_get(doc, "NetworkInterfaces"), 0);
	if (check_alive(c, doc) < 0 || check_single(c, doc) < 0)
		return -1;
	return resource_edit(c, &ec2_network_interface,
	    json_str_or(*ret_row, "NetworkInterfaceId", ""), ret);
}

/* Both the instance's document and its interface's have the groups, and the check. */
static int
modify_groups(struct call *c, json_t *doc, const json_t *ids)
{
	json_t *row, *subnet, *interface, *groups;

	if (edit_interface(c, doc, &row, &interface) < 0 ||
	    resource_get(c, &ec2_subnet, json_str_or(row, "SubnetId", ""), &subnet) < 0 ||
	    ec2_security_groups_for(c, subnet, ids, NULL, &groups) < 0)
		return -1;
	json_set(doc, "SecurityGroups", json_copy_deep(groups));
	json_set(row, "Groups", json_copy_deep(groups));
	json_set(interface, "Groups", json_copy_deep(groups));
	resource_put(c, &ec2_network_interface, interface);
	return 0;
}

static int
set_check(struct call *c, json_t *doc, int on)
{
	json_t *row, *interface;

	if (edit_interface(c, doc, &row, &interface) < 0)
		return -1;
	json_set_bool(doc, "SourceDestCheck", on);
	json_set_bool(row, "SourceDestCheck", on);
	json_set_bool(interface, "SourceDestCheck", on);
	resource_put(c, &ec2_network_interface, interface);
	return 0;
}

static int
set_switch(struct call *c, json_t *doc, const struct attribute *at, int on)
{
	if (strcmp(at->name, "sourceDestCheck") == 0)
		return set_check(c, doc, on);
	if (at->ours == STOPPED && check_stopped(c, doc) < 0)
		return -1;
	json_set_bool(doc, at->path, on);
	return 0;
}

/* EC2 API: "You can specify only one attribute at a time." */
static int
check_one(struct call *c)
{
	static const char *const members[] = { "BlockDeviceMappings", "DisableApiStop",
		"DisableApiTermination", "EbsOptimized", "EnaSupport", "EnclaveOptions",
		"Groups", "InstanceInitiatedShutdownBehavior", "InstanceType",
		"SourceDestCheck", "SriovNetSupport", "UserData", "Attribute" };
	int n = 0;

	for (size_t i = 0; i < COUNT(members); i++)
		n += in_has(c, members[i]);
	if (n != 1)
		return err_set(&c->err, &ec2_bad_combination, "%s",
		    n == 0 ? "No attributes specified." :
			     "Fields for multiple attribute types specified");
	return 0;
}

static int
modify_enclave(struct call *c, json_t *doc, const json_t *given)
{
	if (check_stopped(c, doc) < 0)
		return -1;
	if (json_bool(given, "Enabled", 0))
		return err_set(&c->err, &ec2_unsupported,
		    "Enclaves can be enabled when an instance is launched.");
	json_set(doc, "EnclaveOptions", json_make("{s:b}", "Enabled", 0));
	return 0;
}

/* The attribute that is a member of the request. */
static int
modify_member(struct call *c, json_t *doc)
{
	int on;

	for (size_t i = 0; i < COUNT(attributes); i++) {
		if (attributes[i].type == AS_BOOL &&
		    in_attribute_bool(c, attributes[i].member, &on))
			return set_switch(c, doc, &attributes[i], on);
	}
	for (size_t i = 0; i < COUNT(texts); i++) {
		if (in_has(c, texts[i].member))
			return texts[i].modify(c, doc,
			    json_str_or(in_object(c, texts[i].member), "Value", ""));
	}
	if (in_has(c, "EnclaveOptions"))
		return modify_enclave(c, doc, in_object(c, "EnclaveOptions"));
	if (in_has(c, "Groups"))
		return modify_groups(c, doc, in_list(c, "Groups"));
	return check_alive(c, doc) < 0 ?
	    -1 :
	    ec2_volumes_modify(c, doc, in_list(c, "BlockDeviceMappings"));
}

/* The old form: Attribute and Value. */
static int
modify_named(struct call *c, json_t *doc, const char *name)
{
	const struct attribute *at = attribute_find(name);
	const char *value = in_str(c, "Value");

	if (value == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter value");
	if (at != NULL && at->type == AS_BOOL) {
		if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
			return err_set(&c->err, &ec2_bad_value,
			    "Value (%s) for parameter value is invalid. Expecting a boolean.",
			    value);
		return set_switch(c, doc, at, strcmp(value, "true") == 0);
	}
	for (size_t i = 0; i < COUNT(texts); i++) {
		if (strcmp(texts[i].name, name) == 0)
			return texts[i].modify(c, doc, value);
	}
	return err_set(&c->err, &ec2_unsupported,
	    "The attribute %s cannot be modified here.", name);
}

static int
modify_attribute(struct call *c)
{
	static const char *const refused[] = { "Kernel", "Ramdisk", NULL };
	const char *name = in_str(c, "Attribute");
	json_t *doc;

	if (ec2_refuse(c, refused) < 0 ||
	    resource_edit(c, &ec2_instance, in_str(c, "InstanceId"), &doc) < 0 ||
	    check_one(c) < 0 ||
	    (name != NULL ? modify_named(c, doc, name) : modify_member(c, doc)) < 0)
		return -1;
	resource_put(c, &ec2_instance, doc);
	return 0;
}

/* ResetInstanceAttribute: EC2 API, "You can only reset … kernel, ramdisk, sourceDestCheck". */
static int
reset_attribute(struct call *c)
{
	const char *name = in_str(c, "Attribute");
	json_t *doc;

	if (resource_edit(c, &ec2_instance, in_str(c, "InstanceId"), &doc) < 0)
		return -1;
	if (strcmp(name, "kernel") == 0 || strcmp(name, "ramdisk") == 0)
		return err_set(&c->err, &ec2_unsupported,
		    "Instances whose virtualization type is hvm have no %s.", name);
	if (strcmp(name, "sourceDestCheck") != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%s) for parameter attribute is invalid. The attribute cannot be "
		    "reset.",
		    name);
	if (set_check(c, doc, 1) < 0)
		return -1;
	resource_put(c, &ec2_instance, doc);
	return 0;
}

static const struct op ops[] = {
	OP_RES("DescribeInstanceAttribute", describe_attribute, OP_READ, &ec2_instance,
	    "InstanceId", "Show one attribute of an instance."),
	OP_RES("ModifyInstanceAttribute", modify_attribute, 0, &ec2_instance,
	    "InstanceId",
	    "Set protection, shutdown behaviour or, when stopped, the type."),
	OP_RES("ResetInstanceAttribute", reset_attribute, 0, &ec2_instance, "InstanceId",
	    "Let an instance check addresses again."),
};
const struct family ec2_instance_attributes = FAMILY(ops, NULL);
