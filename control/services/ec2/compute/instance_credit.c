/*
 * EC2: how instances of burstable types pay for what they use.
 *
 * Kept and shown; nobody pays, and nothing is throttled.
 */
#include <string.h>

#include "control/services/ec2/compute/instance.h"
#include "control/services/ec2/compute/instance_settings.h"
#include "control/services/ec2/ec2.h"

static const struct err_kind bad_state = { "IncorrectInstanceState", 400 };

static const struct filter credit_filters[] = {
	{ "instance-id", "InstanceId" },
	{ NULL, NULL },
};

static int
describe_credits(struct call *c)
{
	struct resource row = ec2_instance;
	struct store_docs all;
	json_t **rows;
	size_t n = 0;

	if (resource_list(c, &ec2_instance, &all) < 0)
		return -1;
	rows = arena_calloc(c->arena, all.n + 1, sizeof(json_t *));
	for (size_t i = 0; i < all.n; i++) {
		const char *credits = json_str(all.doc[i], "_credits");

		if (credits != NULL && instance_state(all.doc[i]) != STATE_TERMINATED)
			rows[n++] = json_own(c->arena,
			    json_make("{s:s, s:s}", "InstanceId",
				resource_id(&ec2_instance, all.doc[i]), "CpuCredits",
				credits));
	}
	all.doc = rows;
	all.n = n;
	row.filters = credit_filters;
	row.list_member = "InstanceCreditSpecifications";
	return resource_answer(c, &row, &all);
}

/* One of the list: 0, or -1 and c->err, which is told to the caller and no failure. */
static int
modify_one(struct call *c, const json_t *row)
{
	static const struct err_kind unsupported = {
		"InstanceCreditSpecification.NotSupported", 400
	};
	const char *id = json_str_or(row, "InstanceId", "");
	enum instance_state state;
	json_t *doc;

	if (resource_edit(c, &ec2_instance, id, &doc) < 0)
		return -1;
	state = instance_state(doc);
	if (state == STATE_TERMINATED || state == STATE_SHUTTING_DOWN)
		return err_set(&c->err, &bad_state,
		    "Instance '%s' is not in a state that allows this.", id);
	if (json_get(doc, "_credits") == NULL)
		return err_set(&c->err, &unsupported,
		    "Instance type '%s' does not support CPU credits.",
		    json_str_or(doc, "InstanceType", ""));
	json_set_str(doc, "_credits", json_str(row, "CpuCredits"));
	resource_put(c, &ec2_instance, doc);
	return 0;
}

static int
modify_credits(struct call *c)
{
	const json_t *asked = in_list(c, "InstanceCreditSpecifications"), *row;
	json_t *done = json_own(c->arena, json_new_array()),
	       *failed = json_own(c->arena, json_new_array());
	size_t i;

	json_array_foreach(asked, i, row) {
		const char *id = json_str(row, "InstanceId"),
			   *credits = json_str(row, "CpuCredits");

		if (id == NULL || credits == NULL)
			return err_set(&c->err, &ec2_missing,
			    "The request must contain the parameter %s",
			    id == NULL ? "InstanceId" : "CpuCredits");
		if (instance_check_credits(c, credits) < 0 ||
		    call_allow(c, &ec2_instance, id) < 0)
			return -1;
		if (modify_one(c, row) == 0) {
			json_add(done, json_make("{s:s}", "InstanceId", id));
			continue;
		}
		json_add(failed,
		    json_make("{s:s, s:{s:s, s:s}}", "InstanceId", id, "Error", "Code",
			c->err.kind->code, "Message", c->err.msg));
		memset(&c->err, 0, sizeof(c->err));
	}
	out_ref(c, "SuccessfulInstanceCreditSpecifications", done);
	out_ref(c, "UnsuccessfulInstanceCreditSpecifications", failed);
	return 0;
}

static const struct op ops[] = {
	OP_RES("DescribeInstanceCreditSpecifications", describe_credits, OP_READ,
	    &ec2_instance, NULL, "Show how burstable instances pay for what they use."),
	OP("ModifyInstanceCreditSpecification", modify_credits, OP_TOKEN | OP_ASKS,
	    "Set how burstable instances pay for what they use."),
};
const struct family ec2_instance_credits = FAMILY(ops, NULL);
