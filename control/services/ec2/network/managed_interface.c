#include "control/services/ec2/network/managed_interface.h"

#include "control/services/ec2/network/record.h"

int
managed_interface_make(struct call *c, const json_t *subnet,
    const struct managed_interface *m, const char **ret_id)
{
	json_t *none = json_own(c->arena, json_new_array());
	const struct ec2_interface_spec spec = {
		.subnet = subnet,
		.address = m->address,
		.description = m->description,
		.groups = m->groups != NULL ? m->groups : none,
	};
	json_t *doc = ec2_interface_make(c, &spec);

	if (doc == NULL)
		return -1;
	json_set_str(doc, "InterfaceType", m->type);
	json_set_bool(doc, "RequesterManaged", 1);
	json_set_str(doc, "RequesterId",
	    m->requester != NULL ? m->requester : c->account);
	json_set_str(doc, "Status", "in-use");
	json_set(doc, "Attachment",
	    json_make("{s:s, s:s, s:s, s:i, s:b}", "AttachmentId",
		record_id(c, "ela-attach-"), "InstanceOwnerId", "amazon-aws", "Status",
		"attached", "DeviceIndex", 1, "DeleteOnTermination", 0));
	json_set_str(doc, "_name", m->name);
	json_set_str(doc, "_cohort", m->cohort);
	if (m->cohort != NULL)
		json_set_int(doc, "_cohort_port", m->cohort_port);
	json_set_str(doc, "_workload", m->workload);
	json_set_str(doc, "_workload_kind", m->workload_kind);
	if (m->workload != NULL)
		json_set_int(doc, "_device", m->device);
	resource_put(c, &ec2_network_interface, doc);
	*ret_id = resource_id(&ec2_network_interface, doc);
	return 0;
}

int
managed_interface_regroup(struct call *c, const char *id, const json_t *groups)
{
	json_t *doc;

	if (resource_edit(c, &ec2_network_interface, id, &doc) < 0)
		return -1;
	json_set(doc, "Groups", json_copy_deep(groups));
	resource_put(c, &ec2_network_interface, doc);
	return 0;
}

int
managed_interface_rename(struct call *c, const char *id, const json_t *names)
{
	json_t *doc;

	if (resource_edit(c, &ec2_network_interface, id, &doc) < 0)
		return -1;
	if (json_equal(json_get(doc, "_names"), names))
		return 0;
	json_set(doc, "_names", json_copy_deep(names));
	resource_put(c, &ec2_network_interface, doc);
	return 0;
}
