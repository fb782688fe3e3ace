#include "control/services/ec2/compute/instance_end.h"

#include <string.h>

#include "control/api/ask.h"
#include "control/api/converge.h"

/* Protection is against users; groups and fleets may end what they launched. */
static int
terminate_protected(struct converge *cv, const char *id, struct err *err)
{
	json_t *out,
	    *in = json_own(cv->arena,
		json_make("{s:s, s:{s:b}}", "InstanceId", id, "DisableApiTermination",
		    "Value", 0));

	if (ask_service(cv->env, cv->arena, cv->account, cv->region, "ec2",
		"ModifyInstanceAttribute", in, &out, err) < 0)
		return -1;
	in = json_own(cv->arena, json_make("{s:[s]}", "InstanceIds", id));
	return ask_service(cv->env, cv->arena, cv->account, cv->region, "ec2",
	    "TerminateInstances", in, &out, err);
}

int
instance_end(struct converge *cv, const char *id, struct err *err)
{
	const char *state;
	struct store_txn *t = store_begin(cv->env->store, cv->arena);
	json_t *doc, *out, *in;
	int rc = store_get(t, cv->scope, "ec2:instance", id, &doc, err);

	if (rc <= 0)
		return rc;
	state = json_str_or(json_get(doc, "State"), "Name", "");
	if (strcmp(state, "shutting-down") == 0 || strcmp(state, "terminated") == 0)
		return 0;
	if (json_bool(doc, "_termination_protected", 0))
		return terminate_protected(cv, id, err);
	in = json_own(cv->arena, json_make("{s:[s]}", "InstanceIds", id));
	return ask_service(cv->env, cv->arena, cv->account, cv->region, "ec2",
	    "TerminateInstances", in, &out, err);
}
