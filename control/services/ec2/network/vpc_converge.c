#include "control/services/ec2/network/vpc_converge.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "control/api/call.h"
#include "control/api/container.h"
#include "control/api/converge.h"
#include "control/api/network.h"
#include "control/engine/labels.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/network/host.h"
#include "control/services/ec2/network/security_rule.h"
#include "control/services/ec2/network/underlay.h"

/* "{instance}-vpc-{account}-{region}-{vpc}" (facts.md, "Networks and names"). */
static char *
network_name(const struct converge *cv)
{
	return arena_printf(cv->arena, "%s-vpc-%s-%s-%s", cv->env->settings->instance,
	    cv->account, cv->region, cv->id);
}

/*
 * Docker gives guests addresses of the upper half, so that the ones we
 * choose are never taken.  Control in a container has one of those.
 */
static int
need_network(struct converge *cv, const char *name, const struct plan_underlay *u,
    struct err *err)
{
	struct net4 range = { u->net.addr + 8, 29 };
	char subnet[NET4_TEXT], guests[NET4_TEXT];
	struct network_spec n = {
		.name = name,
		.subnet = subnet,
		.range = guests,
		.gateway = underlay_text(cv->arena, u->gateway),
	};

	net4_format(&u->net, subnet);
	net4_format(&range, guests);
	if (network_need(cv, &n, err) < 0)
		return -1;
	return network_join(cv, name, cv->env->own_container,
	    underlay_text(cv->arena, u->control), err);
}

/* The router: its namespace is the VPC's; agents/vpc runs in it. */
static json_t *
router_config(struct converge *cv, const char *network, const struct plan_underlay *u,
    const char *token)
{
	const struct settings *s = cv->env->settings;
	json_t *config = json_own(cv->arena, json_new_object()), *env, *host;

	env = json_need_array(config, "Env");
	json_add_str(env,
	    arena_printf(cv->arena, "SIMFRA_ENDPOINT=http://%s:%d",
		underlay_control(cv->env, cv->arena, u), host_port(cv->env)));
	json_add_str(env, arena_printf(cv->arena, "SIMFRA_AGENT_TOKEN=%s", token));
	/* A connection from the leg on the internet would end with netd's first rules. */
	json_add_str(env,
	    arena_printf(cv->arena, "SIMFRA_SOURCE=%s",
		underlay_text(cv->arena, u->router)));
	json_add_str(env, arena_printf(cv->arena, "SIMFRA_LOG_LEVEL=%s", s->log_level));
	/* Its last configuration outlives its restart while control is away. */
	json_add_str(env, "SIMFRA_STATE_DIR=/state");
	json_set(config, "Volumes", json_make("{s:{}}", "/state"));
	host = json_need_object(config, "HostConfig");
	json_set_str(host, "NetworkMode", network);
	json_set_bool(host, "ReadonlyRootfs", 1);
	json_set(host, "CapDrop", json_make("[s]", "ALL"));
	json_set(host, "CapAdd",
	    json_make("[s, s, s, s]", "CHOWN", "NET_BIND_SERVICE", "SETGID", "SETUID"));
	json_set(host, "SecurityOpt", json_make("[s]", "no-new-privileges"));
	json_set(host, "Sysctls",
	    json_make("{s:s, s:s, s:s}", "net.ipv4.ip_forward", "1",
		"net.ipv4.conf.all.send_redirects", "0",
		"net.ipv4.conf.default.send_redirects", "0"));
	json_set(host, "Tmpfs", json_make("{s:s}", "/run", "rw,noexec,nosuid,size=4m"));
	json_set(host, "RestartPolicy", json_make("{s:s}", "Name", "unless-stopped"));
	json_set(host, "LogConfig",
	    json_make("{s:s, s:{s:s, s:s}}", "Type", "json-file", "Config", "max-size",
		"1m", "max-file", "2"));
	json_set(config, "NetworkingConfig",
	    json_make("{s:{s:{s:{s:s}}}}", "EndpointsConfig", network, "IPAMConfig",
		"IPv4Address", underlay_text(cv->arena, u->router)));
	return config;
}

static int
need_router(struct converge *cv, const char *network, const struct plan_underlay *u,
    json_t **ret, struct err *err)
{
	struct container_spec spec = { .name = converge_name(cv, cv->id) };
	char *token;

	spec.image = container_image(cv, IMAGE_VPC, err);
	if (spec.image == NULL || converge_token(cv, "vpc", &token, err) < 0)
		return -1;
	spec.config = router_config(cv, network, u, token);
	return container_run(cv, &spec, ret, err);
}

/* An internet gateway, of either kind, is a leg on simfra-internet. */
static int
need_internet_leg(struct converge *cv, const json_t *router, struct err *err)
{
	const char *internet = host_internet_name(cv->env->settings, cv->arena);
	const char *name = converge_name(cv, cv->id);
	int wanted = json_bool(cv->doc, "_internet", 0) ||
	    json_bool(cv->doc, "_egress_only", 0) || !cv->env->settings->vpc_isolation;
	int there = container_address(router, internet) != NULL;

	if (wanted == there)
		return 0;
	if (wanted)
		return engine_network_connect(cv->env->engine, internet, name, NULL, err);
	return engine_network_disconnect(cv->env->engine, internet, name, err);
}

/*
 * A container that a user puts on the VPC's network is a guest: netd gives it a route into
 * the VPC.  Ours have our label, and control, when it is a container, needs none.
 * 1 and its inspection, 0, -1.
 */
static int
find_guest(struct converge *cv, const char *id, json_t **ret, struct err *err)
{
	const char *self = cv->env->own_container;
	int rc;

	if (self != NULL && strcmp(self, id) == 0)
		return 0;
	rc = engine_container_inspect(cv->env->engine, cv->arena, id, ret, err);
	if (rc <= 0)
		return rc;
	return json_get(json_path(*ret, "Config.Labels"), LABEL_OWNER) == NULL;
}

/* The VPC's default group: 1, 0, -1. */
static int
default_group(struct converge *cv, struct store_txn *t, const char **ret, struct err *err)
{
	struct store_docs all;

	if (store_list(t, cv->scope, ec2_security_group.kind, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (strcmp(json_str_or(all.doc[i], "VpcId", ""), cv->id) == 0 &&
		    strcmp(json_str_or(all.doc[i], "GroupName", ""), "default") == 0) {
			*ret = resource_id(&ec2_security_group, all.doc[i]);
			return 1;
		}
	}
	return 0;
}

/* The group may be used in the VPC: 1, 0, -1. */
static int
is_group(struct converge *cv, struct store_txn *t, const char *id, struct err *err)
{
	struct call c = { .env = cv->env,
		.arena = cv->arena,
		.txn = t,
		.scope = cv->scope,
		.account = cv->account,
		.region = cv->region };
	json_t *group;
	int rc = store_get(t, cv->scope, ec2_security_group.kind, id, &group, err);

	if (rc <= 0)
		return rc;
	rc = security_group_is_of(&c, group, cv->id);
	if (rc < 0)
		*err = c.err;
	return rc;
}

/*
 * The groups that a guest's label names, or the default one.  One that is wrong is as good as a
 * launch that is refused: no group, so that nothing passes.  0 or -1.
 */
static int
add_groups(struct converge *cv, json_t *guest, const char *label, struct err *err)
{
	struct store_txn *t = store_begin(cv->env->store, cv->arena);
	json_t *groups = json_need_array(guest, "groups");
	const char *id;
	int rc;

	if (label == NULL) {
		rc = default_group(cv, t, &id, err);
		if (rc > 0)
			json_add_str(groups, id);
		return rc < 0 ? -1 : 0;
	}
	while (*label != '\0') {
		size_t n = strcspn(label, ", ");

		id = arena_strndup(cv->arena, label, n);
		label += n + strspn(label + n, ", ");
		rc = n > 0 ? is_group(cv, t, id, err) : 1;
		if (rc < 0)
			return -1;
		if (rc == 0) {
			json_set_str(guest, "_wrong", id);
			json_set(guest, "groups", json_new_array());
			return 0;
		}
		if (n > 0)
			json_add_str(groups, id);
	}
	return 0;
}

static int
add_guest(struct converge *cv, const char *network, const char *id, json_t *guests,
    struct err *err)
{
	json_t *found, *guest;
	int rc = find_guest(cv, id, &found, err);

	if (rc <= 0)
		return rc;
	guest = json_add_object(guests);
	json_set_str(guest, "container", id);
	json_set_str(guest, "address", container_address(found, network));
	return add_groups(cv, guest,
	    json_str(json_path(found, "Config.Labels"), LABEL_GROUPS), err);
}

static int
write_guests(struct converge *cv, json_t *doc, void *arg)
{
	json_t *guests = arg;
	const json_t *guest;
	size_t i;

	if (json_equal(json_get(doc, "_guests"), guests))
		return 0;
	json_array_foreach(guests, i, guest) {
		if (json_get(guest, "_wrong") != NULL)
			log_warn("ec2",
			    "container %.12s on %s: its label " LABEL_GROUPS
			    " names %s, which is no security group of the VPC: nothing passes",
			    json_str_or(guest, "container", ""), cv->id,
			    json_str_or(guest, "_wrong", ""));
	}
	json_set(doc, "_guests", json_incref(guests));
	return 1;
}

static int
note_guests(struct converge *cv, const char *network, struct err *err)
{
	json_t *found, *members, *member, *guests = json_own(cv->arena, json_new_array());
	const char *id;
	int rc = engine_network_inspect(cv->env->engine, cv->arena, network, &found, err);

	if (rc <= 0)
		return rc;
	members = json_get(found, "Containers");
	json_object_foreach(members, id, member) {
		if (add_guest(cv, network, id, guests, err) < 0)
			return -1;
	}
	if (json_array_size(guests) == 0 && json_get(cv->doc, "_guests") == NULL)
		return 0;
	return converge_write(cv, write_guests, guests, err);
}

static int
remove_all(struct converge *cv, struct err *err)
{
	if (engine_container_remove(cv->env->engine, converge_name(cv, cv->id), err) < 0)
		return err_wrap(err, "remove router");
	if (network_remove(cv->env->engine, network_name(cv), err) < 0)
		return -1;
	return underlay_give_back(cv, err);
}

/* A default VPC costs nothing before something is in it. */
static int
is_needed(const json_t *vpc)
{
	return !json_bool(vpc, "IsDefault", 0) || json_bool(vpc, "_used", 0);
}

int
vpc_converge(struct converge *cv, struct err *err)
{
	const char *network = network_name(cv);
	struct plan_underlay u;
	json_t *router;
	int rc;

	if (cv->env->engine == NULL)
		return 0;
	if (cv->doc == NULL)
		return remove_all(cv, err);
	if (!is_needed(cv->doc))
		return 0;
	if (underlay_need(cv, &u, err) < 0 || need_network(cv, network, &u, err) < 0)
		return -1;
	rc = host_may_run(cv, converge_name(cv, cv->id), err);
	if (rc <= 0)
		return rc;
	if (need_router(cv, network, &u, &router, err) < 0)
		return -1;
	if (need_internet_leg(cv, router, err) < 0)
		return err_wrap(err, "internet gateway");
	return note_guests(cv, network, err);
}
