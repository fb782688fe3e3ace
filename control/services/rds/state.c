/*
 * RDS: instances rebooted, stopped, started.
 */
#include <string.h>

#include "control/services/rds/rds.h"

/* The instance of the input, which must be in the state: 0 or -1. */
static int
edit_in(struct call *c, const char *state, json_t **ret)
{
	if (rds_instance_edit(c, in_str(c, "DBInstanceIdentifier"), ret) < 0 ||
	    rds_refuse(c) < 0)
		return -1;
	if (strcmp(json_str_or(*ret, "DBInstanceStatus", ""), state) == 0)
		return 0;
	return err_set(&c->err, &rds_bad_state, "Instance %s is not in %s state.",
	    json_str_or(*ret, "DBInstanceIdentifier", ""), state);
}

static int
become(struct call *c, json_t *doc, const char *status, const char *want)
{
	json_set_str(doc, "DBInstanceStatus", status);
	json_set_str(doc, "_want", want);
	resource_put(c, &rds_instance, doc);
	return rds_instance_out(c, doc);
}

static int
reboot_db_instance(struct call *c)
{
	json_t *doc;

	if (edit_in(c, "available", &doc) < 0)
		return -1;
	if (in_bool(c, "ForceFailover", 0) && !json_bool(doc, "MultiAZ", 0))
		return err_set(&c->err, &rds_bad_combination,
		    "Cannot force failover of a non-Multi-AZ instance.");
	if (rds_apply_pending(c, doc) < 0)
		return -1;
	json_set_int(doc, "_reboots", json_int(doc, "_reboots", 0) + 1);
	return become(c, doc, "rebooting", "available");
}

static int
start_db_instance(struct call *c)
{
	json_t *doc;

	return edit_in(c, "stopped", &doc) < 0 ? -1 :
						 become(c, doc, "starting", "available");
}

static int
stop_db_instance(struct call *c)
{
	const char *name = in_str(c, "DBSnapshotIdentifier");
	json_t *doc, *snapshot;

	if (edit_in(c, "available", &doc) < 0)
		return -1;
	if (name != NULL) {
		name = rds_identifier(c, name, "DBSnapshotIdentifier", 255);
		if (name == NULL ||
		    rds_snapshot_make(c, doc, name, "manual", NULL, &snapshot) < 0)
			return -1;
	}
	return become(c, doc, "stopping", "stopped");
}

static const struct op ops[] = {
	RDS("RebootDBInstance", reboot_db_instance, 0, "Restart a database's engine."),
	RDS("StartDBInstance", start_db_instance, 0, "Start a stopped database."),
	RDS("StopDBInstance", stop_db_instance, 0, "Stop a database; its data stay."),
};

const struct family rds_states = FAMILY(ops, NULL);
