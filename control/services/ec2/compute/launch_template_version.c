/*
 * EC2: versions of launch templates.
 */
#include <string.h>

#include "control/services/ec2/compute/launch.h"
#include "control/services/ec2/compute/launch_template_parts.h"
#include "control/services/ec2/ec2.h"

enum { MAX_VERSIONS = 10000, MAX_AT_ONCE = 200 };

static const struct err_kind no_version = { "InvalidLaunchTemplateId.VersionNotFound",
	400 };

static const struct filter filters[] = {
	{ "create-time", "CreateTime" },
	{ "ebs-optimized", "LaunchTemplateData.EbsOptimized" },
	{ "http-endpoint", "LaunchTemplateData.MetadataOptions.HttpEndpoint" },
	{ "http-protocol-ipv4", "LaunchTemplateData.MetadataOptions.HttpProtocolIpv4" },
	{ "http-tokens", "LaunchTemplateData.MetadataOptions.HttpTokens" },
	{ "iam-instance-profile", "LaunchTemplateData.IamInstanceProfile.Arn" },
	{ "image-id", "LaunchTemplateData.ImageId" },
	{ "instance-type", "LaunchTemplateData.InstanceType" },
	{ "is-default-version", "DefaultVersion" },
	{ "kernel-id", "LaunchTemplateData.KernelId" },
	{ "license-configuration-arn",
	    "LaunchTemplateData.LicenseSpecifications.LicenseConfigurationArn" },
	{ "network-card-index", "LaunchTemplateData.NetworkInterfaces.NetworkCardIndex" },
	{ "ram-disk-id", "LaunchTemplateData.RamDiskId" },
	{ NULL, NULL },
};

const struct resource ec2_launch_template_version = {
	.service = "ec2",
	.kind = "ec2:launch-template-version",
	.type = "launch-template-version",
	.id_member = "_Id",
	.list_member = "LaunchTemplateVersions",
	.noun = "launch template version",
	.not_found = &no_version,
	.filters = filters,
	.no_tags = 1,
	.page_min = 1,
	.page_max = 200,
};

/* In the order of their numbers. */
static char *
version_id(struct call *c, const json_t *template, int64_t number)
{
	return arena_printf(c->arena, "%s:%09lld",
	    resource_id(&ec2_launch_template, template), (long long)number);
}

int
launch_template_version_find(struct call *c, const json_t *template, int64_t number,
    json_t **ret)
{
	return resource_find(c, &ec2_launch_template_version,
	    version_id(c, template, number), ret);
}

json_t *
launch_template_version_make(struct call *c, const json_t *template, int64_t number,
    const json_t *data)
{
	json_t *doc = json_own(c->arena, json_new_object());

	json_set_str(doc, "_Id", version_id(c, template, number));
	json_set_str(doc, "LaunchTemplateId", json_str(template, "LaunchTemplateId"));
	json_set_str(doc, "LaunchTemplateName", json_str(template, "LaunchTemplateName"));
	json_set_int(doc, "VersionNumber", number);
	json_set_str(doc, "VersionDescription", in_str(c, "VersionDescription"));
	json_set(doc, "CreateTime", call_now(c));
	json_set_str(doc, "CreatedBy", c->who.arn);
	json_set(doc, "LaunchTemplateData", json_copy_deep(data));
	json_set(doc, "Operator", json_make("{s:b}", "Managed", 0));
	resource_put(c, &ec2_launch_template_version, doc);
	return doc;
}

int
launch_template_check(struct call *c, const json_t *data)
{
	const json_t *profile = json_get(data, "IamInstanceProfile");
	const char *user_data;

	if (json_object_size(data) == 0)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter LaunchTemplateData");
	if (json_get(profile, "Arn") != NULL && json_get(profile, "Name") != NULL)
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameter 'iamInstanceProfile.name' may not be used in combination with "
		    "'iamInstanceProfile.arn'");
	if (json_get(data, "InstanceType") != NULL &&
	    json_get(data, "InstanceRequirements") != NULL)
		return err_set(&c->err, &ec2_bad_combination,
		    "InstanceType and InstanceRequirements cannot be specified together.");
	if (json_array_size(json_get(data, "NetworkInterfaces")) > 0 &&
	    (json_array_size(json_get(data, "SecurityGroupIds")) > 0 ||
		json_array_size(json_get(data, "SecurityGroups")) > 0))
		return err_set(&c->err, &ec2_bad_combination,
		    "Network interfaces and an instance-level security groups may not be "
		    "specified on the same request");
	return launch_user_data(c, json_str(data, "UserData"), &user_data);
}

/* As Describe shows it: whether it is the default is the template's to say. */
static json_t *
shown(struct call *c, const json_t *template, json_t *version)
{
	json_t *copy = json_own(c->arena, json_copy_shallow(version));

	json_set_bool(copy, "DefaultVersion",
	    json_int(template, "DefaultVersionNumber", 0) ==
		json_int(version, "VersionNumber", -1));
	return copy;
}

/* CreateLaunchTemplateVersion */

/* The source's data, with what is given in place of its own. */
static int
data_of(struct call *c, const json_t *template, const json_t **ret)
{
	const char *source = in_str(c, "SourceVersion"), *name;
	json_t *given = in_object(c, "LaunchTemplateData"), *version, *data, *v;
	int64_t number;
	int rc;

	*ret = given;
	if (source == NULL)
		return 0;
	if (!launch_template_number(template, source, &number))
		return launch_template_no_version(c, source);
	rc = launch_template_version_find(c, template, number, &version);
	if (rc <= 0)
		return rc < 0 ? -1 : launch_template_no_version(c, source);
	data = json_own(c->arena,
	    json_copy_shallow(json_get(version, "LaunchTemplateData")));
	json_object_foreach(given, name, v)
		json_set(data, name, json_incref(v));
	*ret = data;
	return 0;
}

static int
create_launch_template_version(struct call *c)
{
	static const struct err_kind limit = { "VersionLimitExceeded", 400 };
	const json_t *data;
	json_t *found, *doc, *version;
	int64_t number;

	if (launch_template_get(c, in_str(c, "LaunchTemplateId"),
		in_str(c, "LaunchTemplateName"), &found) < 0 ||
	    data_of(c, found, &data) < 0 || launch_template_check(c, data) < 0 ||
	    resource_edit(c, &ec2_launch_template,
		resource_id(&ec2_launch_template, found), &doc) < 0)
		return -1;
	number = json_int(doc, "_last", 0) + 1;
	if (number > MAX_VERSIONS)
		return err_set(&c->err, &limit,
		    "The launch template has reached its limit of %d versions.",
		    MAX_VERSIONS);
	version = launch_template_version_make(c, doc, number, data);
	json_set_int(doc, "_last", number);
	json_set_int(doc, "LatestVersionNumber", number);
	resource_put(c, &ec2_launch_template, doc);
	out_ref(c, "LaunchTemplateVersion", shown(c, doc, version));
	return 0;
}

/* DeleteLaunchTemplateVersions */

static void
tell(struct call *c, const json_t *template, const char *version, const char *code,
    const char *message)
{
	json_t *row = json_add_object(json_need_array(c->out,
	    code == NULL ? "SuccessfullyDeletedLaunchTemplateVersions" :
			   "UnsuccessfullyDeletedLaunchTemplateVersions"));
	int64_t number = 0;

	json_set_str(row, "LaunchTemplateId", json_str(template, "LaunchTemplateId"));
	json_set_str(row, "LaunchTemplateName", json_str(template, "LaunchTemplateName"));
	launch_template_number(template, version, &number);
	json_set_int(row, "VersionNumber", number);
	if (code != NULL)
		json_set(row, "ResponseError",
		    json_make("{s:s, s:s}", "Code", code, "Message", message));
}

static int
delete_version(struct call *c, json_t *template, const char *text)
{
	int64_t number;
	json_t *version;
	int rc;

	if (!launch_template_number(template, text, &number)) {
		tell(c, template, text, "launchTemplateVersionDoesNotExist",
		    "The launch template version does not exist.");
		return 0;
	}
	if (number == json_int(template, "DefaultVersionNumber", 0)) {
		tell(c, template, text, "unexpectedError",
		    "The default version of a launch template cannot be deleted.");
		return 0;
	}
	rc = launch_template_version_find(c, template, number, &version);
	if (rc == 0)
		tell(c, template, text, "launchTemplateVersionDoesNotExist",
		    "The launch template version does not exist.");
	if (rc > 0) {
		resource_delete_doc(c, &ec2_launch_template_version,
		    json_str_or(version, "_Id", ""));
		tell(c, template, text, NULL, NULL);
	}
	return rc < 0 ? -1 : 0;
}

/* The highest that is left. */
static int
find_latest(struct call *c, json_t *template)
{
	int64_t n = json_int(template, "LatestVersionNumber", 1);
	json_t *version;
	int rc = 0;

	while (
	    n > 1 && (rc = launch_template_version_find(c, template, n, &version)) == 0)
		n--;
	json_set_int(template, "LatestVersionNumber", n);
	return rc < 0 ? -1 : 0;
}

static int
delete_launch_template_versions(struct call *c)
{
	json_t *versions = in_list(c, "Versions"), *found, *doc, *v;
	size_t i;

	if (launch_template_get(c, in_str(c, "LaunchTemplateId"),
		in_str(c, "LaunchTemplateName"), &found) < 0)
		return -1;
	if (json_array_size(versions) > MAX_AT_ONCE)
		return err_set(&c->err, &ec2_bad_value,
		    "At most %d versions can be deleted in a request.", MAX_AT_ONCE);
	if (resource_edit(c, &ec2_launch_template,
		resource_id(&ec2_launch_template, found), &doc) < 0)
		return -1;
	out_set(c, "SuccessfullyDeletedLaunchTemplateVersions", json_new_array());
	out_set(c, "UnsuccessfullyDeletedLaunchTemplateVersions", json_new_array());
	json_array_foreach(versions, i, v) {
		if (delete_version(c, doc, json_string_value(v)) < 0)
			return -1;
	}
	if (find_latest(c, doc) < 0)
		return -1;
	resource_put(c, &ec2_launch_template, doc);
	return 0;
}

/* DescribeLaunchTemplateVersions */

struct rows {
	json_t **doc;
	size_t n;
};

/* The version of the number into the rows: 1, 0 there is none, -1. */
static int
add_version(struct call *c, const json_t *template, int64_t number, struct rows *rows)
{
	json_t *version;
	int rc = launch_template_version_find(c, template, number, &version);

	if (rc > 0)
		rows->doc[rows->n++] = shown(c, template, version);
	return rc;
}

/* Those of one template that Versions names. */
static int
list_named(struct call *c, const json_t *template, const json_t *asked, struct rows *rows)
{
	int64_t number;
	json_t *v;
	size_t i;

	rows->doc = arena_calloc(c->arena, json_array_size(asked) + 1, sizeof(json_t *));
	json_array_foreach(asked, i, v) {
		const char *text = json_string_value(v);
		int rc = launch_template_number(template, text, &number) ?
		    add_version(c, template, number, rows) :
		    0;

		if (rc <= 0)
			return rc < 0 ? -1 : launch_template_no_version(c, text);
	}
	return 0;
}

/* Those from MinVersion to MaxVersion. */
static int
list_range(struct call *c, const json_t *template, struct rows *rows)
{
	int64_t min = 1, last = json_int(template, "_last", 1), max = last;
	const char *low = in_str(c, "MinVersion"), *high = in_str(c, "MaxVersion");

	if (low != NULL && !launch_template_number(template, low, &min))
		return launch_template_no_version(c, low);
	if (high != NULL && !launch_template_number(template, high, &max))
		return launch_template_no_version(c, high);
	if (max > last)
		max = last;
	rows->doc = arena_calloc(c->arena, (size_t)last + 1, sizeof(json_t *));
	for (int64_t number = min; number <= max; number++) {
		if (add_version(c, template, number, rows) < 0)
			return -1;
	}
	return 0;
}

/* Without a template: of all of them the latest or the default version. */
static int
list_all(struct call *c, const json_t *asked, struct rows *rows)
{
	struct store_docs templates;
	int64_t number;
	json_t *v;
	size_t i;

	if (json_array_size(asked) == 0)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain LaunchTemplateId, LaunchTemplateName, or Versions "
		    "with $Latest or $Default.");
	json_array_foreach(asked, i, v) {
		if (json_string_value(v)[0] != '$')
			return err_set(&c->err, &ec2_bad_value,
			    "Without a launch template, versions can only be $Latest and "
			    "$Default.");
	}
	if (resource_list(c, &ec2_launch_template, &templates) < 0)
		return -1;
	rows->doc = arena_calloc(c->arena, templates.n * json_array_size(asked) + 1,
	    sizeof(json_t *));
	for (size_t k = 0; k < templates.n; k++) {
		json_array_foreach(asked, i, v) {
			if (!launch_template_number(templates.doc[k],
				json_string_value(v), &number))
				return launch_template_no_version(c,
				    json_string_value(v));
			if (add_version(c, templates.doc[k], number, rows) < 0)
				return -1;
		}
	}
	return 0;
}

static int
list(struct call *c, struct rows *rows)
{
	const char *id = in_str(c, "LaunchTemplateId"),
		   *name = in_str(c, "LaunchTemplateName");
	const json_t *asked = in_list(c, "Versions");
	json_t *template;

	if (id == NULL && name == NULL)
		return list_all(c, asked, rows);
	if (launch_template_get(c, id, name, &template) < 0)
		return -1;
	return json_array_size(asked) > 0 ? list_named(c, template, asked, rows) :
					    list_range(c, template, rows);
}

static int
describe_launch_template_versions(struct call *c)
{
	struct rows rows = { .n = 0 };
	struct store_docs docs;

	if (list(c, &rows) < 0)
		return -1;
	docs.doc = rows.doc;
	docs.n = rows.n;
	return resource_answer(c, &ec2_launch_template_version, &docs);
}

/* GetLaunchTemplateData: of an instance, what another one like it would be launched with. */

static json_t *
interfaces_of(const json_t *instance)
{
	json_t *rows = json_new_array(), *e, *g;
	size_t i, k;

	json_array_foreach(json_get(instance, "NetworkInterfaces"), i, e) {
		const json_t *attachment = json_get(e, "Attachment");
		json_t *row = json_add_object(rows), *groups = json_new_array();

		json_array_foreach(json_get(e, "Groups"), k, g)
			json_add_str(groups, json_str_or(g, "GroupId", ""));
		json_set_int(row, "DeviceIndex", json_int(attachment, "DeviceIndex", 0));
		json_set_bool(row, "DeleteOnTermination",
		    json_bool(attachment, "DeleteOnTermination", 1));
		json_set_bool(row, "AssociatePublicIpAddress",
		    json_get(e, "Association") != NULL);
		json_set_str(row, "Description", json_str_or(e, "Description", ""));
		json_set_str(row, "SubnetId", json_str(e, "SubnetId"));
		json_set(row, "Groups", groups);
		json_set_str(row, "InterfaceType", "interface");
	}
	return rows;
}

static json_t *
data_of_instance(const json_t *i)
{
	static const char *const same[] = { "ImageId", "InstanceType", "KeyName",
		"EbsOptimized", "Placement", "CpuOptions", "HibernationOptions",
		"EnclaveOptions", "MaintenanceOptions", "PrivateDnsNameOptions",
		"CapacityReservationSpecification" };
	json_t *data = json_new_object(), *tags = json_get(i, "Tags"), *options;

	for (size_t k = 0; k < COUNT(same); k++) {
		if (json_get(i, same[k]) != NULL)
			json_set(data, same[k], json_copy_deep(json_get(i, same[k])));
	}
	options = json_copy_shallow(json_get(i, "MetadataOptions"));
	json_del(options, "State");
	json_set(data, "MetadataOptions", options);
	json_set(data, "Monitoring",
	    json_make("{s:b}", "Enabled",
		strcmp(json_str_or(json_get(i, "Monitoring"), "State", ""), "enabled") ==
		    0));
	json_set_bool(data, "DisableApiTermination",
	    json_bool(i, "_termination_protected", 0));
	json_set_bool(data, "DisableApiStop", json_bool(i, "_stop_protected", 0));
	json_set_str(data, "InstanceInitiatedShutdownBehavior",
	    json_str_or(i, "_shutdown_behavior", "stop"));
	json_set_str(data, "UserData", json_str(i, "_user_data"));
	if (json_get(i, "IamInstanceProfile") != NULL)
		json_set(data, "IamInstanceProfile",
		    json_make("{s:s}", "Arn",
			json_str_or(json_get(i, "IamInstanceProfile"), "Arn", "")));
	json_set(data, "NetworkInterfaces", interfaces_of(i));
	if (json_array_size(tags) > 0)
		json_set(data, "TagSpecifications",
		    json_make("[{s:s, s:O}]", "ResourceType", "instance", "Tags", tags));
	return data;
}

static int
get_launch_template_data(struct call *c)
{
	json_t *instance;

	if (resource_get(c, &ec2_instance, in_str(c, "InstanceId"), &instance) < 0)
		return -1;
	out_set(c, "LaunchTemplateData", data_of_instance(instance));
	return 0;
}

static const struct op ops[] = {
	OP_RES("CreateLaunchTemplateVersion", create_launch_template_version, OP_TOKEN,
	    &ec2_launch_template, "LaunchTemplateId", "Add a version to a template."),
	OP_RES("DeleteLaunchTemplateVersions", delete_launch_template_versions, 0,
	    &ec2_launch_template, "LaunchTemplateId", "Remove versions of a template."),
	OP_RES("DescribeLaunchTemplateVersions", describe_launch_template_versions,
	    OP_READ, &ec2_launch_template, NULL, "List versions of templates."),
	OP_RES("GetLaunchTemplateData", get_launch_template_data, OP_READ, &ec2_instance,
	    "InstanceId", "Say what an instance was launched with."),
};

static const struct resource *const resources[] = { &ec2_launch_template_version, NULL };

const struct family ec2_launch_template_versions = FAMILY(ops, resources);
