/*
 * EC2: the status of instances, what is scheduled for them, and where they are in a network.
 *
 * What is scheduled is of instance_event.h.  The topology of
 * the types that AWS shows it of has the layers region, zone and subnet.
 */
#include <string.h>

#include "control/services/ec2/compute/instance.h"
#include "control/services/ec2/compute/instance_event.h"
#include "control/services/ec2/ec2.h"

/* DescribeInstanceStatus */

static const struct filter status_filters[] = {
	{ "attached-ebs-status.status", "AttachedEbsStatus.Status" },
	{ "availability-zone", "AvailabilityZone" },
	{ "availability-zone-id", "AvailabilityZoneId" },
	{ "event.code", "Events.Code" },
	{ "event.description", "Events.Description" },
	{ "event.instance-event-id", "Events.InstanceEventId" },
	{ "event.not-after", "Events.NotAfter" },
	{ "event.not-before", "Events.NotBefore" },
	{ "event.not-before-deadline", "Events.NotBeforeDeadline" },
	{ "instance-state-code", "InstanceState.Code" },
	{ "instance-state-name", "InstanceState.Name" },
	{ "instance-status.reachability", "InstanceStatus.Details.Status" },
	{ "instance-status.status", "InstanceStatus.Status" },
	{ "operator.managed", "Operator.Managed" },
	{ "operator.principal", "Operator.Principal" },
	{ "system-status.reachability", "SystemStatus.Details.Status" },
	{ "system-status.status", "SystemStatus.Status" },
	{ NULL, NULL },
};

static json_t *
check_json(const char *status, const char *detail)
{
	json_t *v = json_make("{s:s}", "Status", status);

	if (detail != NULL)
		json_set(v, "Details",
		    json_make("[{s:s, s:s}]", "Name", "reachability", "Status", detail));
	return v;
}

static json_t *
status_json(const json_t *doc, int64_t now_s)
{
	static const char *const checks[] = { "AttachedEbsStatus", "InstanceStatus",
		"SystemStatus" };
	enum instance_state state = instance_state(doc);
	const json_t *placement = json_get(doc, "Placement");
	const char *status = state == STATE_RUNNING ? "ok" :
	    state == STATE_PENDING		    ? "initializing" :
						      "not-applicable";
	const char *detail = state == STATE_RUNNING ? "passed" :
	    state == STATE_PENDING		    ? "initializing" :
						      NULL;
	json_t *v = json_make("{s:s, s:s, s:o, s:o, s:{s:b}}", "InstanceId",
	    resource_id(&ec2_instance, doc), "AvailabilityZone",
	    json_str_or(placement, "AvailabilityZone", ""), "InstanceState",
	    instance_state_json(state), "Events", instance_events_shown(doc, now_s),
	    "Operator", "Managed", 0);

	json_set_str(v, "AvailabilityZoneId", json_str(placement, "AvailabilityZoneId"));
	for (size_t i = 0; i < COUNT(checks); i++)
		json_set(v, checks[i], check_json(status, detail));
	return v;
}

/* An id of an instance that does not run is no error: it is just not shown. */
static void
drop_idle(json_t *rows)
{
	for (size_t i = json_array_size(rows); i-- > 0;) {
		const json_t *state = json_get(json_array_get(rows, i), "InstanceState");

		if (json_int(state, "Code", 0) != STATE_RUNNING)
			json_array_remove(rows, i);
	}
}

static int
describe_status(struct call *c)
{
	struct resource row = ec2_instance;
	struct store_docs all;
	json_t **docs, *out;

	if (resource_list(c, &ec2_instance, &all) < 0)
		return -1;
	docs = arena_calloc(c->arena, all.n + 1, sizeof(json_t *));
	for (size_t i = 0; i < all.n; i++)
		docs[i] = json_own(c->arena, status_json(all.doc[i], c->now_ms / 1000));
	all.doc = docs;
	row.filters = status_filters;
	if (resource_select(c, &row, &all, &out) < 0)
		return -1;
	if (!in_bool(c, "IncludeAllInstances", 0))
		drop_idle(out);
	if (resource_page(c, &row, out) < 0)
		return -1;
	out_ref(c, "InstanceStatuses", out);
	return 0;
}

/* DescribeInstanceTopology */

static const struct filter topology_filters[] = {
	{ "availability-zone", "AvailabilityZone" },
	{ "instance-type", "InstanceType" },
	{ "zone-id", "ZoneId" },
	{ NULL, NULL },
};
static const struct resource topology = {
	.service = "ec2",
	.kind = "ec2:instance-topology",
	.prefix = "i-",
	.id_member = "InstanceId",
	.list_member = "Instances",
	.ids_member = "InstanceIds",
	.noun = "instance ID",
	.filters = topology_filters,
	.page_min = 1,
	.page_max = 100,
	.no_tags = 1,
};

/* EC2 User Guide, "Instance topology": types with accelerators, and those for computing. */
static int
has_topology(const char *type)
{
	static const char *const families[] = { "g6", "hpc", "p3dn", "p4", "p5", "p6",
		"trn" };

	for (size_t i = 0; i < COUNT(families); i++) {
		if (strncmp(type, families[i], strlen(families[i])) == 0)
			return 1;
	}
	return 0;
}

/* A node of a network layer: the same for what is the same; the arena's. */
static const char *
node(struct call *c, const char *what)
{
	uint64_t h = 0xcbf29ce484222325; /* FNV-1a */

	for (; *what != '\0'; what++)
		h = (h ^ (unsigned char)*what) * 0x100000001b3;
	return arena_printf(c->arena, "nn-0%016llx", (unsigned long long)h);
}

static json_t *
topology_json(struct call *c, const json_t *doc)
{
	const json_t *placement = json_get(doc, "Placement");
	const char *zone = json_str_or(placement, "AvailabilityZone", "");
	const char *group = json_str_or(placement, "GroupName", "");
	json_t *v = json_make("{s:s, s:s, s:s, s:[s, s, s]}", "InstanceId",
	    resource_id(&ec2_instance, doc), "InstanceType",
	    json_str_or(doc, "InstanceType", ""), "AvailabilityZone", zone,
	    "NetworkNodes", node(c, c->region), node(c, zone),
	    node(c, json_str_or(doc, "SubnetId", "")));

	json_set_str(v, "ZoneId", json_str(placement, "AvailabilityZoneId"));
	if (group[0] != '\0')
		json_set_str(v, "GroupName", group);
	return v;
}

static int
describe_topology(struct call *c)
{
	struct resource row = topology;
	const json_t *groups = in_list(c, "GroupNames");
	struct store_docs all;
	json_t **docs;
	size_t n = 0;

	if (json_array_size(groups) > 0 && json_array_size(in_list(c, "InstanceIds")) > 0)
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameters InstanceIds and GroupNames cannot be used together");
	row.not_found = ec2_instance.not_found;
	row.malformed = ec2_instance.malformed;
	if (resource_list(c, &ec2_instance, &all) < 0)
		return -1;
	docs = arena_calloc(c->arena, all.n + 1, sizeof(json_t *));
	for (size_t i = 0; i < all.n; i++) {
		const char *group =
		    json_str_or(json_get(all.doc[i], "Placement"), "GroupName", "");

		if (instance_state(all.doc[i]) == STATE_RUNNING &&
		    has_topology(json_str_or(all.doc[i], "InstanceType", "")) &&
		    (json_array_size(groups) == 0 || json_has_str(groups, group)))
			docs[n++] = json_own(c->arena, topology_json(c, all.doc[i]));
	}
	all.doc = docs;
	all.n = n;
	return resource_answer(c, &row, &all);
}

static const struct op ops[] = {
	OP_RES("DescribeInstanceStatus", describe_status, OP_READ, &ec2_instance, NULL,
	    "Show the status checks of instances."),
	OP_RES("DescribeInstanceTopology", describe_topology, OP_READ, &ec2_instance,
	    NULL, "Show which instances for computing are near each other."),
};
const struct family ec2_instance_statuses = FAMILY(ops, NULL);
