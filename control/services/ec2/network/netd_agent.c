/*
 * EC2: what netd is told: the network (fabric_document.h), and every volume in an instance
 * (docs/AGENTS.md, "netd").
 */
#include <string.h>

#include "control/api/agent.h"
#include "control/engine/labels.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/network/fabric_document.h"
#include "control/services/ec2/network/host.h"
#include "control/services/ec2/network/netd_status.h"
#include "control/services/ec2/storage/volume.h"
#include "control/services/ec2/storage/volume_make.h"

/* A volume that has its data, in every instance that it is attached to. */
static void
add_mounts(const struct agent_ref *agent, json_t *mounts, const json_t *doc)
{
	const char *path = json_str_or(doc, "_path", ""), *id;
	const json_t *row;
	size_t i;

	if (path[0] == '\0')
		return;
	id = resource_id(&ec2_volume, doc);
	json_array_foreach(json_get(doc, "Attachments"), i, row) {
		const char *instance = json_str_or(row, "InstanceId", "");
		json_t *v;

		if (strcmp(json_str_or(row, "State", ""), "detaching") == 0)
			continue;
		v = json_add_object(mounts);
		json_set_fmt(v, "id", "%s:%s", id, instance);
		json_set_fmt(v, "container", "%s-%s", agent->env->settings->instance,
		    instance);
		json_set_str(v, "source", path);
		json_set_fmt(v, "target", "/mnt/%s",
		    volume_device_name(json_str_or(row, "Device", "")));
	}
}

static int
add_volumes(const struct agent_ref *agent, json_t *mounts, struct err *err)
{
	struct store_txn *t = store_begin(agent->env->store, agent->arena);
	struct store_docs docs;
	const json_t *scope;
	json_t *scopes;
	size_t i;

	if (store_scopes(t, ec2_volume.kind, &scopes, err) < 0)
		return -1;
	json_array_foreach(scopes, i, scope) {
		if (store_list(t, json_string_value(scope), ec2_volume.kind, &docs, err) <
		    0)
			return -1;
		for (size_t k = 0; k < docs.n; k++)
			add_mounts(agent, mounts, docs.doc[k]);
	}
	return 0;
}

static int
config(const struct agent_ref *agent, json_t **ret, struct err *err)
{
	const char *instance = agent->env->settings->instance;
	json_t *v;

	if (fabric_document(agent->env, agent->arena, FABRIC_READY, &v, err) < 0)
		return -1;
	json_set_fmt(v, "label", "%s=%s", LABEL_OWNER, instance);
	json_set_fmt(v, "volume_prefix", "%s-vol-", instance);
	if (add_volumes(agent, json_need_array(v, "mounts"), err) < 0)
		return -1;
	*ret = v;
	return 1;
}

const struct agent_kind ec2_netd_agent = {
	.name = "netd",
	.all_scopes = 1,
	.config = config,
	.status = netd_status,
};
