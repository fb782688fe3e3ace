/*
 * RDS: parameter groups: made, listed, deleted.
 *
 * A group (rds:parameter-group, by its name) has privately _engine and _values: {parameter: {value,
 * waits}}, those that the user has set.  Default groups are there without being made.
 */
#include <string.h>

#include "control/services/rds/engine.h"
#include "control/services/rds/parameter_group.h"
#include "control/services/rds/rds.h"

static const struct err_kind not_found = { "DBParameterGroupNotFound", 404 };
static const struct err_kind exists = { "DBParameterGroupAlreadyExists", 400 };
static const struct err_kind bad_state = { "InvalidDBParameterGroupState", 400 };

const struct resource rds_parameter_group = {
	.service = "rds",
	.kind = "rds:parameter-group",
	.type = "pg",
	.id_member = "DBParameterGroupName",
	.noun = "DB parameter group",
	.not_found = &not_found,
	.tags_member = "_tags",
};

static const char *
engine_of(const char *family)
{
	for (size_t i = 0; rds_engines[i] != NULL; i++) {
		const struct rds_version *v = rds_engines[i]->versions;

		for (; v->version != NULL; v++) {
			if (strcmp(v->family, family) == 0)
				return rds_engines[i]->name;
		}
	}
	return NULL;
}

static json_t *
new_group(struct call *c, const char *name, const char *family, const char *about)
{
	json_t *doc = json_own(c->arena, json_new_object());

	json_set_str(doc, "DBParameterGroupName", name);
	json_set_str(doc, "DBParameterGroupFamily", family);
	json_set_str(doc, "Description", about);
	json_set_str(doc, "DBParameterGroupArn", rds_arn(c, "pg", name));
	json_set_str(doc, "_engine", engine_of(family));
	json_need_object(doc, "_values");
	return doc;
}

static json_t *
default_group(struct call *c, const char *name)
{
	const char *family = name + strlen("default.");

	if (strncmp(name, "default.", strlen("default.")) != 0 ||
	    engine_of(family) == NULL)
		return NULL;
	return new_group(c, name, family,
	    arena_printf(c->arena, "Default parameter group for %s", family));
}

static int
no_group(struct call *c, const char *name)
{
	return err_set(&c->err, &not_found, "DBParameterGroup not found: %s", name);
}

int
rds_parameter_group_get(struct call *c, const char *name, json_t **ret)
{
	int rc;

	*ret = default_group(c, name);
	if (*ret != NULL)
		return 0;
	rc = resource_find(c, &rds_parameter_group, name, ret);
	return rc > 0 ? 0 : rc < 0 ? -1 : no_group(c, name);
}

int
rds_parameter_group_edit(struct call *c, const char *name, json_t **ret)
{
	int rc;

	if (default_group(c, name) != NULL)
		return err_set(&c->err, &bad_state,
		    "The default DBParameterGroup %s cannot be modified.", name);
	rc = store_edit(c->txn, c->scope, rds_parameter_group.kind, name, ret, &c->err);
	return rc > 0 ? 0 : rc < 0 ? -1 : no_group(c, name);
}

int
rds_parameter_group_check(struct call *c, const char *name, const char *family)
{
	json_t *doc;

	if (rds_parameter_group_get(c, name, &doc) < 0)
		return -1;
	if (strcmp(json_str_or(doc, "DBParameterGroupFamily", ""), family) != 0)
		return err_set(&c->err, &rds_bad_combination,
		    "The parameter group %s with DBParameterGroupFamily %s can't be used for "
		    "this instance. Please use a parameter group with "
		    "DBParameterGroupFamily %s",
		    name, json_str_or(doc, "DBParameterGroupFamily", ""), family);
	return 0;
}

/* From `source`, when it is a copy. */
static int
make(struct call *c, const char *asked, const char *family, const char *about,
    const json_t *source)
{
	const char *name = rds_identifier(c, asked, "DBParameterGroupName", 255);
	json_t *doc, *old, *tags;
	int rc;

	if (name == NULL || rds_allow(c, "pg", name) < 0)
		return -1;
	if (engine_of(family) == NULL)
		return err_set(&c->err, &rds_bad_value,
		    "ParameterGroupFamily %s is not a valid parameter group family",
		    family);
	rc = resource_find(c, &rds_parameter_group, name, &old);
	if (rc != 0)
		return rc < 0 ?
		    -1 :
		    err_set(&c->err, &exists, "Parameter group %s already exists", name);
	tags = rds_input_tags(c);
	if (tags == NULL)
		return -1;
	doc = new_group(c, name, family, about);
	json_set(doc, "_tags", json_incref(tags));
	if (source != NULL)
		json_set(doc, "_values", json_copy_deep(json_get(source, "_values")));
	resource_put(c, &rds_parameter_group, doc);
	out_ref(c, "DBParameterGroup", json_own(c->arena, json_copy_deep(doc)));
	return 0;
}

static int
create_db_parameter_group(struct call *c)
{
	return make(c, in_str(c, "DBParameterGroupName"),
	    in_str(c, "DBParameterGroupFamily"), in_str(c, "Description"), NULL);
}

static int
copy_db_parameter_group(struct call *c)
{
	const char *name = in_str(c, "SourceDBParameterGroupIdentifier"),
		   *colon = strrchr(name, ':');
	json_t *source;

	if (rds_parameter_group_get(c, colon != NULL ? colon + 1 : name, &source) < 0)
		return -1;
	return make(c, in_str(c, "TargetDBParameterGroupIdentifier"),
	    json_str_or(source, "DBParameterGroupFamily", ""),
	    in_str(c, "TargetDBParameterGroupDescription"), source);
}

static int
delete_db_parameter_group(struct call *c)
{
	const char *name = in_str(c, "DBParameterGroupName");
	json_t *doc;
	int rc;

	if (rds_allow(c, "pg", name) < 0)
		return -1;
	if (default_group(c, name) != NULL)
		return err_set(&c->err, &bad_state,
		    "Default DBParameterGroup cannot be deleted: %s", name);
	rc = resource_find(c, &rds_parameter_group, name, &doc);
	if (rc <= 0)
		return rc < 0 ? -1 : no_group(c, name);
	rc = resource_find_by(c, &rds_instance, "DBParameterGroups.DBParameterGroupName",
	    name, &doc);
	if (rc != 0)
		return rc < 0 ?
		    -1 :
		    err_set(&c->err, &bad_state,
			"One or more database instances are still members of this "
			"parameter group %s, so the group cannot be deleted",
			name);
	resource_delete_doc(c, &rds_parameter_group, name);
	return 0;
}

/* Each family has one from the start. */
static void
add_defaults(struct call *c, json_t *rows)
{
	for (size_t i = 0; rds_engines[i] != NULL; i++) {
		const struct rds_version *v = rds_engines[i]->versions;

		for (; v->version != NULL; v++) {
			if (v[1].family == NULL || strcmp(v->family, v[1].family) != 0)
				json_add(rows,
				    json_incref(default_group(c,
					arena_printf(c->arena, "default.%s",
					    v->family))));
		}
	}
}

static int
describe_db_parameter_groups(struct call *c)
{
	const char *name = in_str(c, "DBParameterGroupName");
	json_t *rows, *doc;

	if (rds_allow(c, "pg", name) < 0)
		return -1;
	if (name != NULL) {
		if (rds_parameter_group_get(c, name, &doc) < 0)
			return -1;
		rows = json_own(c->arena, json_make("[O]", doc));
	} else {
		rows = rds_all(c, rds_parameter_group.kind);
		if (rows == NULL)
			return -1;
		add_defaults(c, rows);
	}
	if (rds_filter(c, NULL, rows) < 0)
		return -1;
	return rds_out_page(c, "DBParameterGroups", "DBParameterGroupName", rows);
}

static const struct op ops[] = {
	RDS("CopyDBParameterGroup", copy_db_parameter_group, 0,
	    "Make a parameter group with the values of another."),
	RDS("CreateDBParameterGroup", create_db_parameter_group, 0,
	    "Make a parameter group."),
	RDS("DeleteDBParameterGroup", delete_db_parameter_group, 0,
	    "Remove a parameter group."),
	RDS("DescribeDBParameterGroups", describe_db_parameter_groups, OP_READ,
	    "List parameter groups."),
};

static const struct resource *const resources[] = { &rds_parameter_group, NULL };

const struct family rds_parameter_groups = FAMILY(ops, resources);
