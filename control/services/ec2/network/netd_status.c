#include "control/services/ec2/network/netd_status.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "control/services/ec2/compute/attachment.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/network/flow_delivery.h"
#include "control/services/ec2/network/host.h"
#include "control/services/ec2/network/network_interface.h"
#include "control/services/ec2/storage/volume.h"
#include "control/services/ec2/storage/volume_make.h"

enum { MAX_TRIES = 20 };

/* What netd may speak of: the scope of each. */
typedef void known_fn(const json_t *doc, const char *scope, json_t *known);

static void
know_interface(const json_t *doc, const char *scope, json_t *known)
{
	if (attachment_is_wanted(doc))
		json_set_str(known, json_str_or(doc, "NetworkInterfaceId", ""), scope);
}

static void
know_leaving(const json_t *doc, const char *scope, json_t *known)
{
	if (attachment_is_ending(doc))
		json_set_str(known, json_str_or(doc, "NetworkInterfaceId", ""), scope);
}

static void
know_mounts(const json_t *doc, const char *scope, json_t *known)
{
	const json_t *row;
	size_t i;

	if (json_str_or(doc, "_path", "")[0] == '\0')
		return;
	json_array_foreach(json_get(doc, "Attachments"), i, row) {
		char id[128];

		if (strcmp(json_str_or(row, "State", ""), "detaching") == 0)
			continue;
		snprintf(id, sizeof(id), "%s:%s", json_str_or(doc, "VolumeId", ""),
		    json_str_or(row, "InstanceId", ""));
		json_set_str(known, id, scope);
	}
}

static const struct saying {
	const char *kind, *member;
	const struct resource *of;
	known_fn *know;
} mounts = { MOUNT_KIND, "mounts", &ec2_volume, know_mounts },
  interfaces = { ATTACHMENT_KIND, "enis", &ec2_network_interface, know_interface };

static int
read_known(const struct agent_ref *agent, struct store_txn *t, const struct saying *s,
    json_t **ret, struct err *err)
{
	json_t *known = json_own(agent->arena, json_new_object()), *scopes;
	struct store_docs docs;
	const json_t *scope;
	size_t i;

	if (store_scopes(t, s->of->kind, &scopes, err) < 0)
		return -1;
	json_array_foreach(scopes, i, scope) {
		const char *name = json_string_value(scope);

		if (store_list(t, name, s->of->kind, &docs, err) < 0)
			return -1;
		for (size_t k = 0; k < docs.n; k++)
			s->know(docs.doc[k], name, known);
	}
	*ret = known;
	return 0;
}

/* A mount that is not said any more is over. */
static int
forget_mounts(struct store_txn *t, const json_t *all, struct err *err)
{
	const json_t *scope;
	struct store_docs docs;
	json_t *scopes;
	size_t i;

	if (store_scopes(t, MOUNT_KIND, &scopes, err) < 0)
		return -1;
	json_array_foreach(scopes, i, scope) {
		const char *name = json_string_value(scope);

		if (store_list(t, name, MOUNT_KIND, &docs, err) < 0)
			return -1;
		for (size_t k = 0; k < docs.n; k++) {
			const char *id = json_str_or(docs.doc[k], "id", "");

			if (json_get(all, id) == NULL)
				store_delete(t, name, MOUNT_KIND, id);
		}
	}
	return 0;
}

static int
detach_all(struct call *c, json_t *leaving, const json_t *said, struct err *err)
{
	const char *id;
	json_t *scope;

	json_object_foreach(leaving, id, scope) {
		if (json_get(said, id) != NULL)
			continue;
		c->scope = json_string_value(scope);
		c->account = arena_strndup(c->arena, c->scope, strcspn(c->scope, ":"));
		c->region = c->scope + strcspn(c->scope, ":") + 1;
		if (interface_detach(c, id) < 0) {
			*err = c->err;
			return -1;
		}
	}
	return 0;
}

/* An interface that is to leave its container, and of which nothing is said any more, has left. */
static int
detach_silent(const struct agent_ref *agent, struct store_txn *t, const json_t *all,
    struct err *err)
{
	struct call c = { .env = agent->env, .arena = agent->arena, .txn = t };
	json_t *leaving;

	if (!json_is_object(all))
		return 0;
	if (read_known(agent, t,
		&(struct saying){ .of = &ec2_network_interface, .know = know_leaving },
		&leaving, err) < 0)
		return -1;
	return detach_all(&c, leaving, all, err);
}

/* Write what is new of the kind: 1 done, 0 conflict, -1. */
static int
write_kind(const struct agent_ref *agent, const struct saying *s, json_t *all,
    struct err *err)
{
	struct store_txn *t = store_begin(agent->env->store, agent->arena);
	json_t *said, *old, *known;
	const char *id;

	if (read_known(agent, t, s, &known, err) < 0 ||
	    (s == &mounts ? forget_mounts(t, all, err) :
			    detach_silent(agent, t, all, err)) < 0)
		return -1;
	json_object_foreach(all, id, said) {
		const char *scope = json_str(known, id);
		int rc;

		if (scope == NULL)
			continue;
		json_set_str(said, "id", id);
		rc = store_edit(t, scope, s->kind, id, &old, err);
		if (rc < 0)
			return -1;
		if (rc > 0) {
			json_del(old, "_rev");
			if (json_equal(old, said))
				continue;
		}
		store_put(t, scope, s->kind, id,
		    json_own(agent->arena, json_copy_deep(said)));
	}
	return store_commit(t, err);
}

static int
write_host(const struct agent_ref *agent, const char *enforcement, struct err *err)
{
	struct store_txn *t = store_begin(agent->env->store, agent->arena);
	json_t *doc;
	int rc = store_edit(t, STORE_SYSTEM, HOST_KIND, HOST_ID, &doc, err);

	if (rc <= 0 || strcmp(json_str_or(doc, "enforcement", ""), enforcement) == 0)
		return rc < 0 ? -1 : 1;
	if (enforcement[0] != '\0' && strcmp(enforcement, "verified") != 0)
		log_err("ec2",
		    "security groups, network ACLs and routes are NOT enforced on this host: %s",
		    enforcement);
	json_set_str(doc, "enforcement", enforcement);
	store_put(t, STORE_SYSTEM, HOST_KIND, HOST_ID, doc);
	return store_commit(t, err);
}

int
netd_status(const struct agent_ref *agent, const json_t *said, struct err *err)
{
	static const struct saying *const sayings[] = { &mounts, &interfaces };
	int rc = 1;

	for (size_t i = 0; i < COUNT(sayings) && rc > 0; i++) {
		rc = 0;
		for (int try = 0; try < MAX_TRIES && rc == 0; try++)
			rc = write_kind(agent, sayings[i],
			    json_get(said, sayings[i]->member), err);
	}
	if (rc > 0) {
		rc = 0;
		for (int try = 0; try < MAX_TRIES && rc == 0; try++)
			rc = write_host(agent, json_str_or(said, "enforcement", ""), err);
	}
	if (rc == 0)
		return err_set(err, &err_unavailable, "too many conflicts");
	return rc < 0 ? -1 : flow_delivery_take(agent, json_get(said, "flows"), err);
}
