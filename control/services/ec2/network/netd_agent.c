/*
 * EC2: what netd is told: every VPC that has a router, every interface,
 * which public address leads where, and every volume in an instance (docs/AGENTS.md, "netd").
 */
#include <string.h>

#include "control/api/agent.h"
#include "control/api/converge.h"
#include "control/engine/labels.h"
#include "control/services/ec2/compute/attachment.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/network/host.h"
#include "control/services/ec2/network/underlay.h"
#include "control/services/ec2/storage/volume.h"
#include "control/services/ec2/storage/volume_make.h"

enum { MAX_TRIES = 20 };

/* A look at the whole store, for one configuration. */
struct look {
	const struct agent_ref *agent;
	struct store_txn *txn;
	json_t *vpcs, *enis, *mounts;
	const char *scope;
	struct store_docs subnets, interfaces;
};

static char *
container_name(const struct look *l, const char *id)
{
	return arena_printf(l->agent->arena, "%s-%s", l->agent->env->settings->instance,
	    id);
}

static const char *
text_of(const struct look *l, uint32_t address)
{
	char text[IP4_TEXT];

	ip4_format(address, text);
	return arena_strdup(l->agent->arena, text);
}

/* The subnet's router, at base + 1. */
static const char *
gateway_of(const struct look *l, const json_t *subnet)
{
	struct net4 net = { 0, 0 };

	net4_parse(json_str_or(subnet, "CidrBlock", ""), &net);
	return text_of(l, net4_base(&net) + 1);
}

static json_t *
subnets_of(const struct look *l, const char *vpc)
{
	json_t *list = json_new_array();

	for (size_t i = 0; i < l->subnets.n; i++) {
		const json_t *doc = l->subnets.doc[i];

		if (strcmp(json_str_or(doc, "VpcId", ""), vpc) == 0)
			json_add(list,
			    json_make("{s:s, s:s, s:s}", "id",
				resource_id(&ec2_subnet, doc), "cidr",
				json_str_or(doc, "CidrBlock", ""), "gateway",
				gateway_of(l, doc)));
	}
	return list;
}

static const char *
public_at(const json_t *row)
{
	return json_str(json_get(row, "Association"), "PublicIp");
}

static int
has_public(const json_t *interface)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(interface, "PrivateIpAddresses"), i, row) {
		if (public_at(row) != NULL)
			return 1;
	}
	return 0;
}

static void
add_public(json_t *list, const json_t *interface)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(interface, "PrivateIpAddresses"), i, row) {
		if (public_at(row) != NULL)
			json_add(list,
			    json_make("{s:s, s:s}", "private",
				json_str_or(row, "PrivateIpAddress", ""), "public",
				public_at(row)));
	}
}

/* Addresses that are translated: those of subnets that a route leads out of. */
static int
public_of(const struct look *l, const char *vpc, json_t *list, struct err *err)
{
	for (size_t i = 0; i < l->interfaces.n; i++) {
		const json_t *doc = l->interfaces.doc[i];
		int rc;

		if (!has_public(doc) || strcmp(json_str_or(doc, "VpcId", ""), vpc) != 0)
			continue;
		rc = ec2_subnet_is_public(l->txn, l->scope, vpc,
		    json_str_or(doc, "SubnetId", ""), err);
		if (rc < 0)
			return -1;
		if (rc > 0)
			add_public(list, doc);
	}
	return 0;
}

static void
add_guests(json_t *guests, const json_t *ids)
{
	const json_t *id;
	size_t i;

	json_array_foreach(ids, i, id)
		json_add(guests, json_make("{s:s}", "container", json_string_value(id)));
}

static int
add_vpc(struct look *l, const json_t *doc, struct err *err)
{
	struct env *env = l->agent->env;
	int tls_port = host_tls_port(env);
	const char *id = resource_id(&ec2_vpc, doc);
	json_t *v, *public = json_own(l->agent->arena, json_new_array());
	char cidr[NET4_TEXT];
	struct plan_underlay u;
	struct net4 net;

	if (!underlay_of(env, doc, &u) ||
	    !net4_parse(json_str_or(doc, "CidrBlock", ""), &net))
		return 0;
	if (public_of(l, id, public, err) < 0)
		return -1;
	net4_format(&u.net, cidr);
	v = json_add_object(l->vpcs);
	json_set_str(v, "id", id);
	json_set_str(v, "container", container_name(l, id));
	json_set(v, "subnets", subnets_of(l, id));
	json_set_str(v, "resolver", text_of(l, vpc_resolver(&net)));
	json_set(v, "control",
	    json_make("{s:s, s:s, s:i, s:[i, i], s:i, s:o}", "address",
		text_of(l, vpc_control(&net)), "to",
		underlay_control(env, l->agent->arena, &u), "port", host_port(env),
		"ports", host_port(env), 80, "tls_port", tls_port, "tls_ports",
		tls_port != 0 ? json_make("[i]", 443) : json_new_array()));
	json_set_str(v, "underlay", cidr);
	json_set(v, "internet",
	    json_bool(doc, "_internet", 0) ?
		json_make("{s:s}", "cidr", env->settings->internet_cidr) :
		json_null());
	json_set(v, "public", json_incref(public));
	add_guests(json_need_array(v, "guests"), json_get(doc, "_guests"));
	return 0;
}

static const json_t *
subnet_of(const struct look *l, const json_t *interface)
{
	const char *id = json_str_or(interface, "SubnetId", "");

	for (size_t i = 0; i < l->subnets.n; i++) {
		if (strcmp(resource_id(&ec2_subnet, l->subnets.doc[i]), id) == 0)
			return l->subnets.doc[i];
	}
	return NULL;
}

static void
add_interface(struct look *l, const json_t *doc)
{
	const json_t *subnet = subnet_of(l, doc),
		     *attachment = json_get(doc, "Attachment");
	const char *owner = json_str(attachment, "InstanceId"), *cidr;
	json_t *v, *row;
	size_t i;

	if (subnet == NULL || owner == NULL)
		return;
	cidr = json_str_or(subnet, "CidrBlock", "/");
	v = json_add_object(l->enis);
	json_set_str(v, "id", resource_id(&ec2_network_interface, doc));
	json_set_str(v, "scope", l->scope);
	json_set_str(v, "vpc", json_str(doc, "VpcId"));
	json_set_str(v, "container", container_name(l, owner));
	json_set_fmt(v, "device", "eth%lld",
	    (long long)json_int(attachment, "DeviceIndex", 0));
	json_set_str(v, "mac", json_str(doc, "MacAddress"));
	json_array_foreach(json_get(doc, "PrivateIpAddresses"), i, row)
		json_add(json_need_array(v, "addresses"),
		    json_new_fmt("%s%s", json_str_or(row, "PrivateIpAddress", ""),
			strchr(cidr, '/')));
	json_set_str(v, "gateway", gateway_of(l, subnet));
}

/* A volume that has its data, in every instance that it is attached to. */
static void
add_mounts(struct look *l, const json_t *doc)
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
		v = json_add_object(l->mounts);
		json_set_fmt(v, "id", "%s:%s", id, instance);
		json_set_str(v, "scope", l->scope);
		json_set_str(v, "container", container_name(l, instance));
		json_set_str(v, "source", path);
		json_set_fmt(v, "target", "/mnt/%s",
		    volume_device_name(json_str_or(row, "Device", "")));
	}
}

static int
look_at_scope(struct look *l, struct err *err)
{
	struct store_docs vpcs, volumes;

	if (store_list(l->txn, l->scope, ec2_vpc.kind, &vpcs, err) < 0 ||
	    store_list(l->txn, l->scope, ec2_subnet.kind, &l->subnets, err) < 0 ||
	    store_list(l->txn, l->scope, ec2_network_interface.kind, &l->interfaces,
		err) < 0 ||
	    store_list(l->txn, l->scope, ec2_volume.kind, &volumes, err) < 0)
		return -1;
	for (size_t i = 0; i < volumes.n; i++)
		add_mounts(l, volumes.doc[i]);
	for (size_t i = 0; i < vpcs.n; i++) {
		if (add_vpc(l, vpcs.doc[i], err) < 0)
			return -1;
	}
	for (size_t i = 0; i < l->interfaces.n; i++)
		add_interface(l, l->interfaces.doc[i]);
	return 0;
}

static int
config(const struct agent_ref *agent, json_t **ret, struct err *err)
{
	json_t *v = json_own(agent->arena, json_new_object());
	struct look l = { .agent = agent,
		.txn = store_begin(agent->env->store, agent->arena) };
	const json_t *scope;
	json_t *scopes;
	size_t i;

	json_set_fmt(v, "label", "%s=%s", LABEL_OWNER, agent->env->settings->instance);
	l.vpcs = json_need_array(v, "vpcs");
	l.enis = json_need_array(v, "enis");
	l.mounts = json_need_array(v, "mounts");
	json_set_fmt(v, "volume_prefix", "%s-vol-", agent->env->settings->instance);
	if (store_scopes(l.txn, ec2_vpc.kind, &scopes, err) < 0)
		return -1;
	json_array_foreach(scopes, i, scope) {
		l.scope = json_string_value(scope);
		if (look_at_scope(&l, err) < 0)
			return -1;
	}
	*ret = v;
	return 1;
}

/* What it says */

/* The scope of an interface or a volume, by the configuration: none when it is gone. */
static const char *
scope_of(const json_t *rows, const char *id)
{
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		if (strcmp(json_str_or(row, "id", ""), id) == 0)
			return json_str(row, "scope");
	}
	return NULL;
}

/* What is not said any more is over. */
static int
forget_silent(struct store_txn *t, const char *kind, json_t *all, struct err *err)
{
	const json_t *scope;
	struct store_docs docs;
	json_t *scopes;
	size_t i;

	if (store_scopes(t, kind, &scopes, err) < 0)
		return -1;
	json_array_foreach(scopes, i, scope) {
		const char *name = json_string_value(scope);

		if (store_list(t, name, kind, &docs, err) < 0)
			return -1;
		for (size_t k = 0; k < docs.n; k++) {
			const char *id = json_str_or(docs.doc[k], "id", "");

			if (json_get(all, id) == NULL)
				store_delete(t, name, kind, id);
		}
	}
	return 0;
}

/* Write what is new of the kind: 1 done, 0 conflict, -1. */
static int
write_kind(const struct agent_ref *agent, const char *kind, const json_t *rows,
    json_t *all, struct err *err)
{
	struct store_txn *t = store_begin(agent->env->store, agent->arena);
	const char *id;
	json_t *said, *old;

	if (strcmp(kind, MOUNT_KIND) == 0 && forget_silent(t, kind, all, err) < 0)
		return -1;
	json_object_foreach(all, id, said) {
		const char *scope = scope_of(rows, id);
		int rc;

		if (scope == NULL)
			continue;
		json_set_str(said, "id", id);
		rc = store_edit(t, scope, kind, id, &old, err);
		if (rc < 0)
			return -1;
		if (rc > 0) {
			json_del(old, "_rev");
			if (json_equal(old, said))
				continue;
		}
		store_put(t, scope, kind, id,
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
	json_set_str(doc, "enforcement", enforcement);
	store_put(t, STORE_SYSTEM, HOST_KIND, HOST_ID, doc);
	return store_commit(t, err);
}

static int
status(const struct agent_ref *agent, const json_t *said, struct err *err)
{
	json_t *now;
	int rc = 0;

	if (config(agent, &now, err) < 0)
		return -1;
	for (int try = 0; try < MAX_TRIES && rc == 0; try++)
		rc = write_kind(agent, MOUNT_KIND, json_get(now, "mounts"),
		    json_get(said, "mounts"), err);
	if (rc > 0)
		rc = 0;
	for (int try = 0; try < MAX_TRIES && rc == 0; try++)
		rc = write_kind(agent, ATTACHMENT_KIND, json_get(now, "enis"),
		    json_get(said, "enis"), err);
	if (rc > 0) {
		rc = 0;
		for (int try = 0; try < MAX_TRIES && rc == 0; try++)
			rc = write_host(agent, json_str_or(said, "enforcement", ""), err);
	}
	if (rc == 0)
		return err_set(err, &err_unavailable, "too many conflicts");
	return rc < 0 ? -1 : 0;
}

/* News of an interface is news of its instance. */
static int
attachment_converge(struct converge *cv, struct err *err)
{
	struct store_txn *t = store_begin(cv->env->store, cv->arena);
	json_t *interface;
	const char *instance;

	if (cv->doc == NULL ||
	    store_get(t, cv->scope, ec2_network_interface.kind, cv->id, &interface,
		err) <= 0)
		return 0;
	instance = json_str(json_get(interface, "Attachment"), "InstanceId");
	if (instance != NULL)
		cv->wake(cv, cv->scope, ec2_instance.kind, instance);
	return 0;
}

const struct resource ec2_attachment = {
	.service = "ec2",
	.kind = ATTACHMENT_KIND,
	.type = "attachment",
	.id_member = "id",
	.noun = "attachment",
	.no_tags = 1,
	.converge = attachment_converge,
};

const struct agent_kind ec2_netd_agent = {
	.name = "netd",
	.all_scopes = 1,
	.config = config,
	.status = status,
};
