#include "control/services/s3control/s3control.h"

#include <string.h>

#include "control/services/s3/access_point.h"
#include "control/services/s3/s3.h"

const struct err_kind s3control_no_point = { "NoSuchAccessPoint", 404 };

int
s3control_ask(struct call *c, const char *action, const char *arn)
{
	const struct auth_question q = { .action = action, .resource = arn };

	if (strcmp(in_str(c, "AccountId"), c->account) != 0)
		return err_set(&c->err, &s3_denied, "Access Denied");
	return call_ask(c, &q);
}

char *
s3control_arn(struct call *c, const char *name)
{
	return call_arn(c, arena_printf(c->arena, "accesspoint/%s", name));
}

int
s3control_get(struct call *c, const char *action, int is_edit, json_t **ret)
{
	const char *name = in_str(c, "Name");
	int rc;

	if (s3control_ask(c, action, s3control_arn(c, name)) < 0)
		return -1;
	rc = is_edit ? store_edit(c->txn, c->scope, S3_ACCESS_POINT, name, ret, &c->err) :
		       store_get(c->txn, c->scope, S3_ACCESS_POINT, name, ret, &c->err);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	return err_set(&c->err, &s3control_no_point,
	    "The specified accesspoint does not exist");
}

void
s3control_put(struct call *c, json_t *point)
{
	store_put(c->txn, c->scope, S3_ACCESS_POINT, json_str_or(point, "Name", ""),
	    point);
}

static const struct family *const families[] = { &s3control_blocks,
	&s3control_access_points, &s3control_access_point_policies, &s3control_tags,
	NULL };

const struct service s3control_service = { .name = "s3control", .families = families };
