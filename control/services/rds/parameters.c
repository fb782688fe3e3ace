/*
 * RDS: the parameters of a group.
 */
#include <stdlib.h>
#include <string.h>

#include "control/services/rds/engine.h"
#include "control/services/rds/parameter_group.h"
#include "control/services/rds/parameter_table.h"
#include "control/services/rds/rds.h"

enum { AT_ONCE = 20 };

int
rds_parameter_is_static(const char *engine, const char *name)
{
	const struct rds_parameter *p = rds_parameter_find(engine, name);

	return p != NULL && p->is_static;
}

int
rds_parameters_of(struct store_txn *t, struct arena *a, const char *scope,
    const char *group, json_t **ret, struct err *err)
{
	json_t *doc;
	int rc = store_get(t, scope, rds_parameter_group.kind, group, &doc, err);

	*ret = rc > 0 ? json_get(doc, "_values") : json_own(a, json_new_object());
	return rc < 0 ? -1 : 0;
}

/* Whether the value is allowed */

static int
is_in_range(const char *value, const char *allowed)
{
	/* The first number may be negative. */
	const char *dash = strchr(allowed + (allowed[0] == '-'), '-');
	char *end;
	double v = strtod(value, &end);

	if (end == value || *end != '\0' || dash == NULL)
		return 0;
	return v >= strtod(allowed, NULL) && v <= strtod(dash + 1, NULL);
}

static int
is_listed(struct call *c, const char *value, const char *allowed)
{
	const char *all = arena_printf(c->arena, ",%s,", allowed);

	return strstr(all, arena_printf(c->arena, ",%s,", value)) != NULL;
}

/* Each word of a list by itself. */
static int
are_listed(struct call *c, const char *value, const char *allowed)
{
	while (*value != '\0') {
		size_t n = strcspn(value, ",");

		if (!is_listed(c, arena_strndup(c->arena, value, n), allowed))
			return 0;
		value += n + (value[n] == ',');
	}
	return 1;
}

static int
is_allowed(struct call *c, const struct rds_parameter *p, const char *value)
{
	/* Formulas are RDS's: {DBInstanceClassMemory/…}.  There is none here. */
	if (strchr(value, '{') != NULL || strpbrk(value, "\n\r'\"\\") != NULL)
		return 0;
	if (p->allowed[0] == '\0')
		return 1;
	if (strcmp(p->type, "integer") == 0 && strchr(p->allowed, ',') == NULL &&
	    strspn(value, "-0123456789") != strlen(value))
		return 0;
	if (strcmp(p->type, "list") == 0)
		return are_listed(c, value, p->allowed);
	return strchr(p->allowed, ',') != NULL ? is_listed(c, value, p->allowed) :
						 is_in_range(value, p->allowed);
}

/* ModifyDBParameterGroup */

static int
set_one(struct call *c, json_t *doc, const json_t *row)
{
	const char *name = json_str_or(row, "ParameterName", ""),
		   *value = json_str(row, "ParameterValue"),
		   *method = json_str(row, "ApplyMethod");
	const struct rds_parameter *p =
	    rds_parameter_find(json_str_or(doc, "_engine", ""), name);

	if (p == NULL)
		return err_set(&c->err, &rds_bad_value,
		    "Could not find parameter with name: %s", name);
	if (value == NULL || method == NULL)
		return err_set(&c->err, &rds_bad_value,
		    "The parameters ParameterValue and ApplyMethod must be provided and must "
		    "not be blank.");
	if (p->is_static && strcmp(method, "immediate") == 0)
		return err_set(&c->err, &rds_bad_combination,
		    "cannot use immediate apply method for static parameter");
	if (!is_allowed(c, p, value))
		return err_set(&c->err, &rds_bad_value,
		    "Invalid parameter value: %s for: %s allowed values are: %s", value,
		    name, p->allowed);
	json_set(json_need_object(doc, "_values"), name,
	    json_make("{s:s, s:b}", "value", value, "waits",
		strcmp(method, "pending-reboot") == 0));
	return 0;
}

static int
modify_db_parameter_group(struct call *c)
{
	const char *name = in_str(c, "DBParameterGroupName");
	const json_t *rows = in_list(c, "Parameters"), *row;
	json_t *doc;
	size_t i;

	if (rds_allow(c, "pg", name) < 0 || rds_parameter_group_edit(c, name, &doc) < 0)
		return -1;
	if (json_array_size(rows) == 0 || json_array_size(rows) > AT_ONCE)
		return err_set(&c->err, &rds_bad_value,
		    "A maximum of 20 parameters can be modified in a single request.");
	json_array_foreach(rows, i, row) {
		if (set_one(c, doc, row) < 0)
			return -1;
	}
	resource_put(c, &rds_parameter_group, doc);
	out_str(c, "DBParameterGroupName", name);
	return 0;
}

static int
reset_db_parameter_group(struct call *c)
{
	const char *name = in_str(c, "DBParameterGroupName");
	const json_t *rows = in_list(c, "Parameters"), *row;
	json_t *doc;
	size_t i;

	if (rds_allow(c, "pg", name) < 0 || rds_parameter_group_edit(c, name, &doc) < 0)
		return -1;
	if (in_bool(c, "ResetAllParameters", 0)) {
		json_set(doc, "_values", json_new_object());
	} else if (json_array_size(rows) == 0) {
		return err_set(&c->err, &rds_bad_combination,
		    "Either ResetAllParameters or Parameters must be provided.");
	}
	json_array_foreach(rows, i, row)
		json_del(json_get(doc, "_values"), json_str_or(row, "ParameterName", ""));
	resource_put(c, &rds_parameter_group, doc);
	out_str(c, "DBParameterGroupName", name);
	return 0;
}

/* Described */

static void
add_parameter(json_t *rows, const struct rds_parameter *p, const json_t *user)
{
	json_t *v = json_add_object(rows);
	const char *value = json_str(user, "value");
	int waits = user != NULL ? json_bool(user, "waits", 0) : p->is_static;

	json_set_str(v, "ParameterName", p->name);
	json_set_str(v, "ParameterValue", value != NULL ? value : p->value);
	json_set_str(v, "Description", p->about);
	json_set_str(v, "Source",
	    value != NULL	 ? "user" :
		p->value != NULL ? "system" :
				   "engine-default");
	json_set_str(v, "ApplyType", p->is_static ? "static" : "dynamic");
	json_set_str(v, "DataType", p->type);
	if (p->allowed[0] != '\0')
		json_set_str(v, "AllowedValues", p->allowed);
	json_set_bool(v, "IsModifiable", 1);
	json_set_str(v, "ApplyMethod", waits ? "pending-reboot" : "immediate");
}

static json_t *
all_parameters(struct call *c, const char *engine, const json_t *values,
    const char *source)
{
	json_t *rows = json_own(c->arena, json_new_array());

	for (const struct rds_parameter *p = rds_parameters_for(engine); p->name != NULL;
	     p++)
		add_parameter(rows, p, json_get(values, p->name));
	for (size_t i = json_array_size(rows); source != NULL && i-- > 0;) {
		if (strcmp(json_str_or(json_array_get(rows, i), "Source", ""), source) !=
		    0)
			json_array_remove(rows, i);
	}
	return rows;
}

static const struct rds_filter filters[] = {
	{ "parameter-name", "ParameterName" },
	{ 0 },
};

static int
describe_db_parameters(struct call *c)
{
	const char *name = in_str(c, "DBParameterGroupName");
	json_t *doc, *rows;

	if (rds_allow(c, "pg", name) < 0 || rds_parameter_group_get(c, name, &doc) < 0)
		return -1;
	rows = all_parameters(c, json_str_or(doc, "_engine", ""),
	    json_get(doc, "_values"), in_str(c, "Source"));
	if (rds_filter(c, filters, rows) < 0)
		return -1;
	return rds_out_page(c, "Parameters", "ParameterName", rows);
}

static int
describe_engine_default_parameters(struct call *c)
{
	const char *family = in_str(c, "DBParameterGroupFamily");
	json_t *doc, *rows, *defaults = json_own(c->arena, json_new_object());

	if (rds_allow(c, "pg", NULL) < 0 ||
	    rds_parameter_group_get(c, arena_printf(c->arena, "default.%s", family),
		&doc) < 0)
		return -1;
	rows = all_parameters(c, json_str_or(doc, "_engine", ""), NULL, NULL);
	if (rds_filter(c, filters, rows) < 0)
		return -1;
	json_set_str(defaults, "DBParameterGroupFamily", family);
	json_set(defaults, "Parameters", json_incref(rows));
	out_ref(c, "EngineDefaults", defaults);
	return 0;
}

static const struct op ops[] = {
	RDS("DescribeDBParameters", describe_db_parameters, OP_READ,
	    "List the parameters of a group."),
	RDS("DescribeEngineDefaultParameters", describe_engine_default_parameters,
	    OP_READ, "List a family's parameters."),
	RDS("ModifyDBParameterGroup", modify_db_parameter_group, 0,
	    "Set parameters of a group."),
	RDS("ResetDBParameterGroup", reset_db_parameter_group, 0,
	    "Give parameters of a group their defaults."),
};

const struct family rds_parameters = FAMILY(ops, NULL);
