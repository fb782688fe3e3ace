/*
 * EC2: instances are launched and described here.
 *
 * An instance is a container on its VPC's bridge; see instance_converge.c.
 */
#include "control/services/ec2/compute/instance.h"

#include <string.h>

#include "base/enc.h"
#include "control/api/tags.h"
#include "control/services/ec2/compute/capacity.h"
#include "control/services/ec2/compute/launch.h"
#include "control/services/ec2/compute/launch_template.h"
#include "control/services/ec2/ec2.h"

static const struct err_kind not_found = { "InvalidInstanceID.NotFound", 400 };
static const struct err_kind malformed = { "InvalidInstanceID.Malformed", 400 };

const struct resource ec2_instance = {
	.service = "ec2",
	.kind = "ec2:instance",
	.type = "instance",
	.prefix = "i-",
	.id_member = "InstanceId",
	.list_member = "Reservations",
	.ids_member = "InstanceIds",
	.noun = "instance ID",
	.not_found = &not_found,
	.malformed = &malformed,
	.filters = instance_filters,
	.converge = instance_converge,
};

/* {ReservationId, OwnerId, Groups, Instances} with the document as its first instance. */
static json_t *
reservation_of(const char *id, json_t *instance)
{
	json_t *v = json_new_object(), *list = json_need_array(v, "Instances");

	json_set_str(v, "ReservationId", id);
	json_set_str(v, "OwnerId", json_str_or(instance, "_account", ""));
	json_set(v, "Groups", json_new_array());
	json_add(list, json_incref(instance));
	return v;
}

/* RunInstances */

/* `ret` NULL: it is only checked. */
static int
run_as_asked(struct call *c, struct launch *launch, json_t **ret)
{
	char id[20] = "r-";
	json_t *reservation = NULL;

	random_hex(id + 2, 17);
	if (launch_read(c, launch) < 0)
		return -1;
	for (int64_t i = 0; ret != NULL && i < launch->count; i++) {
		json_t *doc = launch_make(c, launch, id, i);

		if (doc == NULL)
			return -1;
		if (reservation == NULL)
			reservation = reservation_of(id, doc);
		else
			json_add(json_get(reservation, "Instances"), json_incref(doc));
	}
	if (reservation != NULL)
		*ret = json_own(c->arena, reservation);
	return capacity_check(c, json_get(reservation, "Instances"));
}

/* With what a launch template adds.  For other operations, launch.c asks. */
static int
may_run(struct call *c)
{
	if (strcmp(c->op->name, "RunInstances") != 0)
		return 0;
	return call_allow(c, &ec2_instance, NULL) < 0 ? -1 : call_allow_tags(c);
}

/* The handler may be run again, with what was asked; it may be another operation's. */
int
launch_run(struct call *c, json_t *in, struct launch *launch, json_t **ret)
{
	json_t *asked = c->in;
	const struct model_op *shape = c->shape;
	int rc = -1;

	c->shape = model_op_find(c->model, "RunInstances");
	if (launch_template_apply(c, in, &c->in) == 0 && may_run(c) == 0)
		rc = run_as_asked(c, launch, ret);
	c->in = asked;
	c->shape = shape;
	return rc;
}

static int
run_instances(struct call *c)
{
	struct launch launch;

	return launch_run(c, c->in, &launch, &c->out);
}

/* DescribeInstances */

/* Instances of one reservation stand together; ids that sort apart are brought together. */
static json_t *
reservations(struct call *c, const json_t *docs)
{
	json_t *out = json_own(c->arena, json_new_array()), *doc;
	json_t *by_id = json_own(c->arena, json_new_object());
	size_t i;

	json_array_foreach(docs, i, doc) {
		const char *id = json_str_or(doc, "_reservation", "");
		json_t *known = json_get(by_id, id);

		if (known != NULL) {
			json_add(json_get(known, "Instances"), json_incref(doc));
			continue;
		}
		known = reservation_of(id, doc);
		json_set(by_id, id, known);
		json_add(out, json_incref(known));
	}
	return out;
}

/* 1 when a filter needs what only the interfaces' own documents have. */
static int
filters_by_interface(const struct call *c)
{
	static const char start[] = "network-interface.";
	const json_t *filter;
	size_t i;

	json_array_foreach(in_list(c, "Filters"), i, filter) {
		if (strncmp(json_str_or(filter, "Name", ""), start, sizeof(start) - 1) ==
		    0)
			return 1;
	}
	return 0;
}

/* The instances as copies that have the documents of their interfaces.  0 or -1. */
static int
join_interfaces(struct call *c, struct store_docs *docs)
{
	json_t **joined = arena_calloc(c->arena, docs->n + 1, sizeof(json_t *));
	json_t *interface;
	const json_t *row;
	size_t k;

	for (size_t i = 0; i < docs->n; i++) {
		joined[i] = json_own(c->arena, json_copy_shallow(docs->doc[i]));
		json_set(joined[i], "_interfaces", json_new_array());
		json_array_foreach(json_get(docs->doc[i], "NetworkInterfaces"), k, row) {
			int rc = resource_find(c, &ec2_network_interface,
			    json_str_or(row, "NetworkInterfaceId", ""), &interface);

			if (rc < 0)
				return -1;
			if (rc > 0)
				json_add(json_get(joined[i], "_interfaces"),
				    json_incref(interface));
		}
	}
	docs->doc = joined;
	return 0;
}

/* A page is of whole reservations, in the order of their ids. */
static int
describe_instances(struct call *c)
{
	struct resource row = ec2_instance;
	struct store_docs all;
	json_t *docs;

	row.id_member = "ReservationId";
	if (resource_list(c, &ec2_instance, &all) < 0 || capacity_show(c, &all) < 0 ||
	    (filters_by_interface(c) && join_interfaces(c, &all) < 0) ||
	    resource_select(c, &ec2_instance, &all, &docs) < 0)
		return -1;
	docs = resource_sorted(c, reservations(c, docs), "ReservationId");
	if (resource_page(c, &row, docs) < 0)
		return -1;
	out_ref(c, "Reservations", docs);
	return 0;
}

static const struct op ops[] = {
	OP_RES("DescribeInstances", describe_instances, OP_READ, &ec2_instance, NULL,
	    "List instances by reservation."),
	OP_RES("RunInstances", run_instances, OP_TOKEN | OP_ASKS, &ec2_instance, NULL,
	    "Launch instances: containers in a VPC."),
};
static const struct resource *const resources[] = { &ec2_instance, NULL };
const struct family ec2_instances = FAMILY(ops, resources);
