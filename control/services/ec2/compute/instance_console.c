/*
 * EC2: what instances say of themselves: console output, password, status reports.
 *
 * Not emulated: screens, so no screenshots; hypervisors, so no diagnostic interrupts; reports on
 * an instance's status are checked and go nowhere, as at AWS, where they change nothing that is
 * shown.
 */
#include <string.h>

#include "control/services/ec2/compute/console.h"
#include "control/services/ec2/compute/instance.h"
#include "control/services/ec2/ec2.h"

static const struct err_kind bad_state = { "IncorrectInstanceState", 400 };

/* GetConsoleOutput */

static int
get_console_output(struct call *c)
{
	const char *id = in_str(c, "InstanceId");
	json_t *doc;
	int rc;

	if (resource_get(c, &ec2_instance, id, &doc) < 0)
		return -1;
	out_str(c, "InstanceId", id);
	rc = store_get(c->txn, c->scope, CONSOLE_KIND, id, &doc, &c->err);
	if (rc < 0)
		return -1;
	if (rc > 0) {
		out_str(c, "Output", json_str(doc, "output"));
		out_set(c, "Timestamp",
		    json_make("f", (double)json_int(doc, "at_ms", 0) / 1000.0));
	} else {
		out_set(c, "Timestamp", call_now(c));
	}
	return 0;
}

/* GetConsoleScreenshot, SendDiagnosticInterrupt: refused, of an instance that is there */

static int
refuse(struct call *c, const char *words)
{
	const char *id = in_str(c, "InstanceId");
	json_t *doc;

	if (resource_get(c, &ec2_instance, id, &doc) < 0)
		return -1;
	if (instance_state(doc) != STATE_RUNNING)
		return err_set(&c->err, &bad_state,
		    "The instance '%s' is not in the 'running' state.", id);
	return err_set(&c->err, &ec2_unsupported, "The instance '%s' is a container: %s",
	    id, words);
}

static int
get_screenshot(struct call *c)
{
	return refuse(c, "it has no screen.");
}

static int
send_interrupt(struct call *c)
{
	return refuse(c, "its kernel cannot be interrupted.");
}

/* GetPasswordData: EC2 API, "If the instance is not Windows, the data is empty". */
static int
get_password(struct call *c)
{
	const char *id = in_str(c, "InstanceId");
	json_t *doc;

	if (resource_get(c, &ec2_instance, id, &doc) < 0)
		return -1;
	out_str(c, "InstanceId", id);
	out_str(c, "PasswordData", "");
	out_set(c, "Timestamp", json_copy_deep(json_get(doc, "LaunchTime")));
	return 0;
}

/* ReportInstanceStatus */

static int
report_status(struct call *c)
{
	double start = json_num(c->in, "StartTime", 0), end;
	const json_t *v;
	json_t *doc;
	size_t i;

	end = json_num(c->in, "EndTime", start);
	if (end < start)
		return err_set(&c->err, &ec2_bad_combination,
		    "The end time must be after the start time.");
	json_array_foreach(in_list(c, "Instances"), i, v) {
		if (resource_get(c, &ec2_instance, json_string_value(v), &doc) < 0)
			return -1;
		if (instance_state(doc) != STATE_RUNNING)
			return err_set(&c->err, &bad_state,
			    "The instance '%s' is not in the 'running' state.",
			    json_string_value(v));
	}
	return 0;
}

static const struct op ops[] = {
	OP_RES("GetConsoleOutput", get_console_output, OP_READ, &ec2_instance,
	    "InstanceId", "Show what an instance printed."),
	OP_RES("GetConsoleScreenshot", get_screenshot, OP_READ, &ec2_instance,
	    "InstanceId", "Refused: there are no screens."),
	OP_RES("GetPasswordData", get_password, OP_READ, &ec2_instance, "InstanceId",
	    "Show the password of an instance: empty, since none runs Windows."),
	OP_RES("ReportInstanceStatus", report_status, 0, &ec2_instance, "Instances",
	    "Take a report on the status of instances, of no effect."),
	OP_RES("SendDiagnosticInterrupt", send_interrupt, 0, &ec2_instance, "InstanceId",
	    "Refused: there are no hypervisors."),
};
const struct family ec2_instance_consoles = FAMILY(ops, NULL);
