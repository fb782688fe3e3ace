/*
 * Auto Scaling: groups of instances that are kept at a size.
 *
 * Not emulated: alarms (policies are executed by hand or by whoever watches) and forecasts.
 * Records, kept and shown and no more: capacity rebalancing, capacity reservations, zonal
 * shift, and the instance maintenance policy but for the defaults of refreshes.
 */
#include "control/services/autoscaling/autoscaling.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "control/api/dispatch.h"

const struct err_kind asg_invalid = { "ValidationError", 400 };
const struct err_kind asg_exists = { "AlreadyExists", 400 };
const struct err_kind asg_in_use = { "ResourceInUse", 400 };
const struct err_kind asg_limit = { "LimitExceeded", 400 };
const struct err_kind asg_in_progress = { "ScalingActivityInProgress", 400 };
static const struct err_kind bad_token = { "InvalidNextToken", 400 };

/* RFC 4122 4.4 */
char *
asg_uuid(struct arena *a)
{
	char h[33];

	random_hex(h, 32);
	h[12] = '4';
	return arena_printf(a, "%.8s-%.4s-%.4s-%.4s-%.12s", h, h + 8, h + 12, h + 16,
	    h + 20);
}

char *
asg_time(struct arena *a, int64_t ms)
{
	char iso[CLOCK_TEXT];

	clock_iso8601(ms, 0, iso);
	return arena_strdup(a, iso);
}

/* A page token says how many rows were shown before. */
static int
read_token(struct call *c, const char *token, size_t n, size_t *ret)
{
	unsigned char *p;
	char *end;
	size_t len;

	if (token == NULL) {
		*ret = 0;
		return 0;
	}
	if (base64_decode(c->arena, token, strlen(token), &p, &len) && len > 2 &&
	    memcmp(p, "1:", 2) == 0) {
		const char *text = arena_strndup(c->arena, (const char *)p + 2, len - 2);
		unsigned long at = strtoul(text, &end, 10);

		if (*end == '\0' && end != text) {
			*ret = at < n ? at : n;
			return 0;
		}
	}
	return err_set(&c->err, &bad_token, "The token '%.100s' is invalid.", token);
}

int
asg_page(struct call *c, json_t *rows, int64_t def, int64_t max)
{
	int64_t size = in_int(c, "MaxRecords", def);
	size_t n = json_array_size(rows), at;
	const char *text;

	if (size < 1)
		return err_set(&c->err, &asg_invalid,
		    "1 validation error detected: Value '%lld' at 'maxRecords' failed to "
		    "satisfy constraint: Member must have value greater than or equal to 1",
		    (long long)size);
	if (size > max)
		size = max;
	if (read_token(c, in_str(c, "NextToken"), n, &at) < 0)
		return -1;
	if (n - at > (size_t)size) {
		text = arena_printf(c->arena, "1:%zu", at + (size_t)size);
		out_str(c, "NextToken", base64_encode(c->arena, text, strlen(text)));
		while (n > at + (size_t)size)
			json_array_remove(rows, --n);
	}
	while (at-- > 0)
		json_array_remove(rows, 0);
	return 0;
}

int
asg_out_page(struct call *c, const char *member, json_t *rows)
{
	if (asg_page(c, rows, 50, 100) < 0)
		return -1;
	out_ref(c, member, rows);
	return 0;
}

static int
no_group(struct call *c, const char *name)
{
	return err_set(&c->err, &asg_invalid,
	    "AutoScalingGroup name not found - AutoScalingGroup '%s' not found", name);
}

int
asg_group_get(struct call *c, const char *name, json_t **ret)
{
	int rc = resource_find(c, &asg_group, name, ret);

	return rc == 0 ? no_group(c, name) : rc < 0 ? -1 : 0;
}

/* One that is being deleted cannot be changed any more. */
int
asg_group_edit(struct call *c, const char *name, json_t **ret)
{
	int rc = store_edit(c->txn, c->scope, asg_group.kind, name, ret, &c->err);

	if (rc <= 0)
		return rc == 0 ? no_group(c, name) : -1;
	if (json_get(*ret, "_want") != NULL)
		return err_set(&c->err, &asg_invalid,
		    "The AutoScaling group may not be modified while it is pending delete");
	return 0;
}

int
asg_input_group(struct call *c, json_t **ret)
{
	return asg_group_get(c, in_str(c, "AutoScalingGroupName"), ret);
}

int
asg_input_group_edit(struct call *c, json_t **ret)
{
	return asg_group_edit(c, in_str(c, "AutoScalingGroupName"), ret);
}

const char *
asg_name(const json_t *group)
{
	return json_str_or(group, "AutoScalingGroupName", "");
}

json_t *
asg_owned(struct call *c, const struct resource *r, const char *group)
{
	json_t *out = json_own(c->arena, json_new_array());
	struct store_docs docs;

	if (resource_list(c, r, &docs) < 0)
		return NULL;
	for (size_t i = 0; i < docs.n; i++) {
		if (strcmp(asg_name(docs.doc[i]), group) == 0)
			json_add(out, json_incref(docs.doc[i]));
	}
	return out;
}

int
asg_drop_owned(struct call *c, const struct resource *r, const char *group)
{
	const json_t *docs = asg_owned(c, r, group), *doc;
	size_t i;

	if (docs == NULL)
		return -1;
	json_array_foreach(docs, i, doc)
		resource_delete_doc(c, r, resource_id(r, doc));
	return 0;
}

char *
asg_owned_id(struct call *c, const char *group, const char *name)
{
	return arena_printf(c->arena, "%s:%s", group, name);
}

int
asg_check_range(struct call *c, const json_t *doc, const char *name, int64_t min,
    int64_t max)
{
	int64_t n = json_int(doc, name, min);

	if (n >= min && n <= max)
		return 0;
	return err_set(&c->err, &asg_invalid,
	    "1 validation error detected: Value '%lld' at '%c%s' failed to satisfy "
	    "constraint: Member must have value %s than or equal to %lld",
	    (long long)n, name[0] | 0x20, name + 1, n < min ? "greater" : "less",
	    (long long)(n < min ? min : max));
}

static const struct family *const families[] = {
	&asg_launch_configurations,
	&asg_groups,
	&asg_capacities,
	&asg_members,
	&asg_member_moves,
	&asg_hooks,
	&asg_policies,
	&asg_executions,
	&asg_schedules,
	&asg_activities,
	&asg_refreshes,
	&asg_warm_pools,
	&asg_traffic,
	&asg_notifications,
	&asg_tags,
	&asg_processes,
	&asg_metrics,
	&asg_types,
	NULL,
};

const struct service autoscaling_service = {
	.name = "autoscaling",
	.families = families,
};
