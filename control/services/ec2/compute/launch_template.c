#include "control/services/ec2/compute/launch_template.h"

#include <stdlib.h>
#include <string.h>

#include "control/services/ec2/compute/launch_template_parts.h"
#include "control/services/ec2/ec2.h"

static const struct err_kind no_id = { "InvalidLaunchTemplateId.NotFound", 400 };
static const struct err_kind bad_id = { "InvalidLaunchTemplateId.Malformed", 400 };
static const struct err_kind no_name = { "InvalidLaunchTemplateName.NotFoundException",
	400 };
static const struct err_kind taken = { "InvalidLaunchTemplateName.AlreadyExistsException",
	400 };
static const struct err_kind no_version = { "InvalidLaunchTemplateId.VersionNotFound",
	400 };

static const struct filter filters[] = {
	{ "create-time", "CreateTime" },
	{ "launch-template-id", "LaunchTemplateId" },
	{ "launch-template-name", "LaunchTemplateName" },
	{ NULL, NULL },
};

const struct resource ec2_launch_template = {
	.service = "ec2",
	.kind = "ec2:launch-template",
	.type = "launch-template",
	.prefix = "lt-",
	.id_member = "LaunchTemplateId",
	.list_member = "LaunchTemplates",
	.ids_member = "LaunchTemplateIds",
	.noun = "launch template ID",
	.not_found = &no_id,
	.malformed = &bad_id,
	.filters = filters,
	.page_min = 1,
	.page_max = 200,
};

/* Finding */

int
launch_template_get(struct call *c, const char *id, const char *name, json_t **ret)
{
	int rc;

	if (id == NULL && name == NULL)
		return err_set(&c->err, &ec2_missing,
		    "Either LaunchTemplateId or LaunchTemplateName must be specified.");
	if (id != NULL && name != NULL)
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameters launchTemplateId and launchTemplateName cannot be used "
		    "together.");
	if (id != NULL && strncmp(id, "lt-", 3) != 0)
		return err_set(&c->err, &bad_id, "Invalid launch template ID: '%s'", id);
	rc = id != NULL ?
	    resource_find(c, &ec2_launch_template, id, ret) :
	    resource_find_by(c, &ec2_launch_template, "LaunchTemplateName", name, ret);
	if (rc == 0 && id != NULL)
		return err_set(&c->err, &no_id,
		    "The specified launch template, with template ID %s, does not exist.",
		    id);
	if (rc == 0)
		return err_set(&c->err, &no_name,
		    "The specified launch template, with template name %s, does not exist.",
		    name);
	return rc < 0 ? -1 : 0;
}

int
launch_template_number(const json_t *template, const char *text, int64_t *ret)
{
	size_t n = strlen(text);

	if (strcmp(text, "$Latest") == 0)
		*ret = json_int(template, "LatestVersionNumber", 1);
	else if (strcmp(text, "$Default") == 0)
		*ret = json_int(template, "DefaultVersionNumber", 1);
	else if (n == 0 || n > 9 || strspn(text, "0123456789") != n)
		return 0;
	else
		*ret = strtol(text, NULL, 10);
	return 1;
}

int
launch_template_no_version(struct call *c, const char *version)
{
	return err_set(&c->err, &no_version, "Could not find launch template version %s",
	    version);
}

int
launch_template_version(struct call *c, const json_t *spec, json_t **ret)
{
	const char *version = json_str_or(spec, "Version", "$Default");
	json_t *template;
	int64_t number;
	int rc;

	if (launch_template_get(c, json_str(spec, "LaunchTemplateId"),
		json_str(spec, "LaunchTemplateName"), &template) < 0)
		return -1;
	if (call_allow(c, &ec2_launch_template,
		resource_id(&ec2_launch_template, template)) < 0)
		return -1;
	if (!launch_template_number(template, version, &number))
		return launch_template_no_version(c, version);
	rc = launch_template_version_find(c, template, number, ret);
	if (rc == 0)
		return launch_template_no_version(c, version);
	return rc < 0 ? -1 : 0;
}

/* CreateLaunchTemplate */

static int
create_launch_template(struct call *c)
{
	const char *name = in_str(c, "LaunchTemplateName"), *id;
	const json_t *data = in_object(c, "LaunchTemplateData");
	json_t *doc;
	int rc =
	    resource_find_by(c, &ec2_launch_template, "LaunchTemplateName", name, &doc);

	if (rc > 0)
		return err_set(&c->err, &taken, "Launch template name already in use.");
	if (rc < 0 || launch_template_check(c, data) < 0)
		return -1;
	doc = resource_new(c, &ec2_launch_template, &id);
	if (doc == NULL)
		return -1;
	json_set_str(doc, "LaunchTemplateName", name);
	json_set(doc, "CreateTime", call_now(c));
	json_set_str(doc, "CreatedBy", c->who.arn);
	json_set_int(doc, "DefaultVersionNumber", 1);
	json_set_int(doc, "LatestVersionNumber", 1);
	json_set(doc, "Operator", json_make("{s:b}", "Managed", 0));
	json_set_int(doc, "_last", 1);
	if (launch_template_version_make(c, doc, 1, data) == NULL)
		return -1;
	resource_put(c, &ec2_launch_template, doc);
	out_ref(c, "LaunchTemplate", doc);
	return 0;
}

/* DeleteLaunchTemplate */

static int
delete_launch_template(struct call *c)
{
	const char *id;
	json_t *doc, *version;

	if (launch_template_get(c, in_str(c, "LaunchTemplateId"),
		in_str(c, "LaunchTemplateName"), &doc) < 0)
		return -1;
	id = resource_id(&ec2_launch_template, doc);
	for (int64_t n = 1; n <= json_int(doc, "_last", 0); n++) {
		int rc = launch_template_version_find(c, doc, n, &version);

		if (rc < 0)
			return -1;
		if (rc > 0)
			resource_delete_doc(c, &ec2_launch_template_version,
			    json_str_or(version, "_Id", ""));
	}
	resource_delete_doc(c, &ec2_launch_template, id);
	out_ref(c, "LaunchTemplate", doc);
	return 0;
}

/* DescribeLaunchTemplates */

static int
describe_launch_templates(struct call *c)
{
	struct store_docs docs;
	const char *missing;

	if (resource_list(c, &ec2_launch_template, &docs) < 0)
		return -1;
	missing =
	    ec2_narrow(c, &docs, "LaunchTemplateName", in_list(c, "LaunchTemplateNames"));
	if (missing != NULL)
		return err_set(&c->err, &no_name,
		    "At least one of the launch templates specified in the request does not "
		    "exist.");
	return resource_answer(c, &ec2_launch_template, &docs);
}

/* ModifyLaunchTemplate */

static int
modify_launch_template(struct call *c)
{
	const char *version = in_str(c, "DefaultVersion");
	json_t *found, *doc, *row;
	int64_t number;
	int rc;

	if (launch_template_get(c, in_str(c, "LaunchTemplateId"),
		in_str(c, "LaunchTemplateName"), &found) < 0)
		return -1;
	if (version == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter SetDefaultVersion");
	if (!launch_template_number(found, version, &number))
		return launch_template_no_version(c, version);
	rc = launch_template_version_find(c, found, number, &row);
	if (rc == 0)
		return launch_template_no_version(c, version);
	if (rc < 0 ||
	    resource_edit(c, &ec2_launch_template,
		resource_id(&ec2_launch_template, found), &doc) < 0)
		return -1;
	json_set_int(doc, "DefaultVersionNumber", number);
	resource_put(c, &ec2_launch_template, doc);
	out_ref(c, "LaunchTemplate", doc);
	return 0;
}

static const struct op ops[] = {
	OP_RES("CreateLaunchTemplate", create_launch_template, OP_TOKEN,
	    &ec2_launch_template, NULL, "Make a launch template with its first version."),
	OP_RES("DeleteLaunchTemplate", delete_launch_template, 0, &ec2_launch_template,
	    "LaunchTemplateId", "Remove a launch template with all versions."),
	OP_RES("DescribeLaunchTemplates", describe_launch_templates, OP_READ,
	    &ec2_launch_template, NULL, "List launch templates."),
	OP_RES("ModifyLaunchTemplate", modify_launch_template, OP_TOKEN,
	    &ec2_launch_template, "LaunchTemplateId", "Choose the default version."),
};

static const struct resource *const resources[] = { &ec2_launch_template, NULL };

const struct family ec2_launch_templates = FAMILY(ops, resources);
