/*
 * RDS: option groups: records, since none of the engines here has options that it needs.
 *
 * Not emulated: options (MARIADB_AUDIT_PLUGIN, MEMCACHED): adding one is refused.
 */
#include <string.h>

#include "control/services/rds/engine.h"
#include "control/services/rds/rds.h"

static const struct err_kind not_found = { "OptionGroupNotFoundFault", 404 };
static const struct err_kind exists = { "OptionGroupAlreadyExistsFault", 400 };
static const struct err_kind bad_state = { "InvalidOptionGroupStateFault", 400 };

const struct resource rds_option_group = {
	.service = "rds",
	.kind = "rds:option-group",
	.type = "og",
	.id_member = "OptionGroupName",
	.noun = "Option group",
	.not_found = &not_found,
	.tags_member = "_tags",
};

static json_t *
new_group(struct call *c, const char *name, const char *engine, const char *major,
    const char *about)
{
	json_t *doc = json_own(c->arena, json_new_object());

	json_set_str(doc, "OptionGroupName", name);
	json_set_str(doc, "OptionGroupDescription", about);
	json_set_str(doc, "EngineName", engine);
	json_set_str(doc, "MajorEngineVersion", major);
	json_need_array(doc, "Options");
	json_set_bool(doc, "AllowsVpcAndNonVpcInstanceMemberships", 1);
	json_set_str(doc, "OptionGroupArn", rds_arn(c, "og", name));
	return doc;
}

const char *
rds_option_group_default(struct call *c, const struct rds_engine *e,
    const struct rds_version *v)
{
	char *name = arena_printf(c->arena, "default:%s-%s", e->name, v->major), *p;

	while ((p = strchr(name, '.')) != NULL)
		*p = '-';
	return name;
}

static json_t *
new_default(struct call *c, const struct rds_engine *e, const struct rds_version *v)
{
	return new_group(c, rds_option_group_default(c, e, v), e->name, v->major,
	    arena_printf(c->arena, "Default option group for %s %s", e->name, v->major));
}

/* "default:postgres-16" is there without being made. */
static json_t *
default_group(struct call *c, const char *name)
{
	for (size_t i = 0; rds_engines[i] != NULL; i++) {
		const struct rds_engine *e = rds_engines[i];

		for (const struct rds_version *v = e->versions; v->version != NULL; v++) {
			if (strcmp(rds_option_group_default(c, e, v), name) == 0)
				return new_default(c, e, v);
		}
	}
	return NULL;
}

/* 1, 0, -1 */
static int
find(struct call *c, const char *name, json_t **ret)
{
	*ret = default_group(c, name);
	return *ret != NULL ? 1 : resource_find(c, &rds_option_group, name, ret);
}

static int
no_group(struct call *c, const char *name)
{
	return err_set(&c->err, &not_found, "Specified OptionGroupName: %s not found.",
	    name);
}

int
rds_option_group_check(struct call *c, const char *name, const char *engine,
    const char *major)
{
	json_t *doc;
	int rc = find(c, name, &doc);

	if (rc <= 0)
		return rc < 0 ? -1 : no_group(c, name);
	if (strcmp(json_str_or(doc, "EngineName", ""), engine) != 0 ||
	    strcmp(json_str_or(doc, "MajorEngineVersion", ""), major) != 0)
		return err_set(&c->err, &rds_bad_combination,
		    "The option group %s is not for %s %s", name, engine, major);
	return 0;
}

static int
create_option_group(struct call *c)
{
	const char *engine = in_str(c, "EngineName"),
		   *major = in_str(c, "MajorEngineVersion"), *name;
	const struct rds_engine *e = rds_engine_find(engine);
	json_t *doc, *old, *tags;
	int rc;

	name = rds_identifier(c, in_str(c, "OptionGroupName"), "OptionGroupName", 255);
	if (name == NULL || rds_allow(c, "og", name) < 0)
		return -1;
	if (e == NULL || rds_version_find(e, major) == NULL ||
	    strcmp(rds_version_find(e, major)->major, major) != 0)
		return err_set(&c->err, &rds_bad_value,
		    "Cannot find major version %s for %s", major, engine);
	rc = resource_find(c, &rds_option_group, name, &old);
	if (rc != 0)
		return rc < 0 ? -1 :
				err_set(&c->err, &exists,
				    "An option group named %s already exists.", name);
	tags = rds_input_tags(c);
	if (tags == NULL)
		return -1;
	doc = new_group(c, name, engine, major, in_str(c, "OptionGroupDescription"));
	json_set(doc, "_tags", json_incref(tags));
	resource_put(c, &rds_option_group, doc);
	out_ref(c, "OptionGroup", json_own(c->arena, json_copy_deep(doc)));
	return 0;
}

static int
delete_option_group(struct call *c)
{
	const char *name = in_str(c, "OptionGroupName");
	json_t *doc;
	int rc;

	if (rds_allow(c, "og", name) < 0)
		return -1;
	if (default_group(c, name) != NULL)
		return err_set(&c->err, &bad_state,
		    "Default option groups cannot be deleted.");
	rc = resource_find(c, &rds_option_group, name, &doc);
	if (rc <= 0)
		return rc < 0 ? -1 : no_group(c, name);
	rc = resource_find_by(c, &rds_instance, "OptionGroupMemberships.OptionGroupName",
	    name, &doc);
	if (rc != 0)
		return rc < 0 ? -1 :
				err_set(&c->err, &bad_state,
				    "The option group %s is in use by at least one DB "
				    "instance.",
				    name);
	resource_delete_doc(c, &rds_option_group, name);
	return 0;
}

static void
add_defaults(struct call *c, json_t *rows)
{
	for (size_t i = 0; rds_engines[i] != NULL; i++) {
		const struct rds_version *v = rds_engines[i]->versions;

		for (; v->version != NULL; v++) {
			if (v[1].major == NULL || strcmp(v->major, v[1].major) != 0)
				json_add(rows,
				    json_incref(new_default(c, rds_engines[i], v)));
		}
	}
}

static int
describe_option_groups(struct call *c)
{
	const char *name = in_str(c, "OptionGroupName"), *engine, *major;
	json_t *rows, *doc;
	int rc;

	if (rds_allow(c, "og", name) < 0)
		return -1;
	if (name != NULL) {
		rc = find(c, name, &doc);
		if (rc <= 0)
			return rc < 0 ? -1 : no_group(c, name);
		rows = json_own(c->arena, json_make("[O]", doc));
	} else {
		rows = rds_all(c, rds_option_group.kind);
		if (rows == NULL)
			return -1;
		add_defaults(c, rows);
	}
	engine = in_str(c, "EngineName");
	major = in_str(c, "MajorEngineVersion");
	for (size_t i = json_array_size(rows); i-- > 0;) {
		doc = json_array_get(rows, i);
		if ((engine != NULL &&
			strcmp(json_str_or(doc, "EngineName", ""), engine) != 0) ||
		    (major != NULL &&
			strcmp(json_str_or(doc, "MajorEngineVersion", ""), major) != 0))
			json_array_remove(rows, i);
	}
	if (rds_filter(c, NULL, rows) < 0)
		return -1;
	return rds_out_page(c, "OptionGroupsList", "OptionGroupName", rows);
}

static int
modify_option_group(struct call *c)
{
	const char *name = in_str(c, "OptionGroupName");
	json_t *doc;
	int rc;

	if (rds_allow(c, "og", name) < 0)
		return -1;
	rc = resource_find(c, &rds_option_group, name, &doc);
	if (rc <= 0)
		return rc < 0 ? -1 : no_group(c, name);
	if (json_array_size(in_list(c, "OptionsToInclude")) > 0)
		return err_set(&c->err, &rds_bad_value, "Invalid option name: %s",
		    json_str_or(json_array_get(in_list(c, "OptionsToInclude"), 0),
			"OptionName", ""));
	if (json_array_size(in_list(c, "OptionsToRemove")) > 0)
		return err_set(&c->err, &rds_bad_value,
		    "The specified options are not in the option group %s", name);
	return err_set(&c->err, &rds_bad_combination,
	    "Must supply OptionsToInclude or OptionsToRemove");
}

static const struct op ops[] = {
	RDS("CreateOptionGroup", create_option_group, 0, "Make an option group."),
	RDS("DeleteOptionGroup", delete_option_group, 0, "Remove an option group."),
	RDS("DescribeOptionGroups", describe_option_groups, OP_READ,
	    "List option groups."),
	RDS("ModifyOptionGroup", modify_option_group, 0,
	    "Refuse the options of a group, of which there are none here."),
};

static const struct resource *const resources[] = { &rds_option_group, NULL };

const struct family rds_option_groups = FAMILY(ops, resources);
