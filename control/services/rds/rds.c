/*
 * RDS: relational databases: PostgreSQL, MySQL and MariaDB in containers of a VPC.
 *
 * Not emulated: clusters, proxies, other engines, reserved instances, Kerberos, storage sizes (a
 * Docker volume has the host's), Multi-AZ standbys (a record), windows and backups by the clock,
 * Performance Insights, enhanced monitoring, encryption at rest (a record).
 */
#include "control/services/rds/rds.h"

#include <ctype.h>
#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "control/api/named.h"
#include "control/api/tags.h"
#include "control/services/ec2/ec2.h"

const struct err_kind rds_bad_value = { "InvalidParameterValue", 400 };
const struct err_kind rds_bad_combination = { "InvalidParameterCombination", 400 };
const struct err_kind rds_no_instance = { "DBInstanceNotFound", 404 };
const struct err_kind rds_bad_state = { "InvalidDBInstanceState", 400 };

static const struct family *const families[] = { &rds_instances, &rds_changes,
	&rds_states, &rds_subnet_groups, &rds_parameter_groups, &rds_parameters,
	&rds_option_groups, &rds_snapshots, &rds_restores, &rds_versions, &rds_tags,
	&rds_events, NULL };

const struct service rds_service = {
	.name = "rds",
	.families = families,
	.stands_on = &ec2_service,
};

char *
rds_arn(const struct call *c, const char *type, const char *name)
{
	return call_arn(c, arena_printf(c->arena, "%s:%s", type, name));
}

int
rds_ask(struct call *c, const char *arn)
{
	const struct auth_question q = { .resource = arn };

	return call_ask(c, &q);
}

int
rds_allow(struct call *c, const char *type, const char *name)
{
	return rds_ask(c, rds_arn(c, type, name != NULL ? name : "*"));
}

char *
rds_identifier(struct call *c, const char *text, const char *what, size_t max)
{
	return named_identifier(c, text, what, max, &rds_bad_value);
}

int
rds_out_page(struct call *c, const char *member, const char *key, json_t *rows)
{
	return named_page(c, member, key, rows, &rds_bad_value);
}

json_t *
rds_all(struct call *c, const char *kind)
{
	return named_all(c, kind);
}

struct wanted {
	const json_t *values;
};

static int
is_wanted(void *arg, const char *text)
{
	const struct wanted *w = arg;
	const json_t *v;
	size_t i;

	json_array_foreach(w->values, i, v) {
		const char *value = json_string_value(v), *name = strrchr(value, ':');

		/* Filters take identifiers and ARNs alike. */
		if (strcmp(text, value) == 0 ||
		    (name != NULL && strcmp(text, name + 1) == 0))
			return 1;
	}
	return 0;
}

int
rds_filter(struct call *c, const struct rds_filter *filters, json_t *rows)
{
	const json_t *asked;
	size_t i;

	json_array_foreach(in_list(c, "Filters"), i, asked) {
		const char *name = json_str_or(asked, "Name", "");
		struct wanted w = { json_get(asked, "Values") };
		const struct rds_filter *f = filters;

		while (f != NULL && f->name != NULL && strcmp(f->name, name) != 0)
			f++;
		if (f == NULL || f->name == NULL)
			return err_set(&c->err, &rds_bad_value,
			    "Unrecognized filter name: %s", name);
		for (size_t k = json_array_size(rows); k-- > 0;) {
			if (!path_each(json_array_get(rows, k), f->path, is_wanted, &w))
				json_array_remove(rows, k);
		}
	}
	return 0;
}

json_t *
rds_input_tags(struct call *c)
{
	json_t *tags = json_own(c->arena, json_new_array());

	if (tags_merge(c, tags, in_list(c, "Tags")) < 0) {
		c->err.kind = &rds_bad_value;
		return NULL;
	}
	return tags;
}

static json_t *
find_instance(struct call *c, const char *name)
{
	json_t *doc;
	char *id = arena_strdup(c->arena, name);
	int rc;

	for (char *p = id; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	rc = resource_find_by(c, &rds_instance, "DBInstanceIdentifier", id, &doc);
	if (rc == 0)
		err_set_fn(&c->err, &rds_no_instance, "DBInstance %s not found.", name);
	return rc > 0 ? doc : NULL;
}

/* An ARN is as good as a name. */
static const char *
name_of(const char *text)
{
	const char *colon = strrchr(text, ':');

	return colon != NULL ? colon + 1 : text;
}

int
rds_instance_get(struct call *c, const char *name, json_t **ret)
{
	name = name_of(name);
	if (rds_allow(c, "db", name) < 0)
		return -1;
	*ret = find_instance(c, name);
	return *ret != NULL ? 0 : -1;
}

int
rds_instance_edit(struct call *c, const char *name, json_t **ret)
{
	if (rds_instance_get(c, name, ret) < 0)
		return -1;
	return resource_edit(c, &rds_instance, resource_id(&rds_instance, *ret), ret);
}
