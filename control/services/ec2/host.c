#include "control/services/ec2/host.h"

#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "control/api/container.h"
#include "control/api/converge.h"
#include "control/engine/labels.h"
#include "control/services/ec2/attachment.h"
#include "control/services/ec2/vpc_agent.h"
#include "netdns/plan.h"

static const struct err_kind bad_pool = { "BadSetting", 500 };
static const struct err_kind not_found = { "NotFound", 404 };

char *
host_internet_name(const struct settings *s, struct arena *a)
{
	return arena_printf(a, "%s-internet", s->instance);
}

static int
pool_of(const struct settings *s, struct plan_internet *ret)
{
	struct net4 net;

	return net4_parse(s->internet_cidr, &net) && plan_internet(&net, ret);
}

static const char *
text_of(struct arena *a, uint32_t address)
{
	char text[IP4_TEXT];

	ip4_format(address, text);
	return arena_strdup(a, text);
}

const char *
host_gateway(const struct settings *s, struct arena *a)
{
	struct plan_internet pool;

	return pool_of(s, &pool) ? text_of(a, pool.gateway) : NULL;
}

/* Docker names a container's host by the first 12 digits of its id. */
const char *
host_own_container(struct env *env, struct arena *a)
{
	char name[65] = "";
	struct err err;
	json_t *found;

	if (access("/.dockerenv", F_OK) < 0 || gethostname(name, sizeof(name) - 1) < 0)
		return NULL;
	if (engine_container_inspect(env->engine, a, name, &found, &err) <= 0)
		return NULL;
	return json_str(found, "Id");
}

const char *
host_control_address(struct env *env, struct arena *a)
{
	struct plan_internet pool;

	if (!pool_of(env->settings, &pool))
		return NULL;
	return text_of(a, env->own_container != NULL ? pool.gateway + 1 : pool.gateway);
}

int
host_announce(struct env *env, struct err *err)
{
	struct arena *a = arena_new();
	int rc = 0;

	while (rc == 0) {
		struct store_txn *t = store_begin(env->store, a);
		json_t *doc;

		rc = store_get(t, STORE_SYSTEM, HOST_KIND, HOST_ID, &doc, err);
		if (rc != 0)
			break;
		doc = json_own(a, json_make("{s:s}", "Name", HOST_ID));
		store_put(t, STORE_SYSTEM, HOST_KIND, HOST_ID, doc);
		rc = store_commit(t, err);
	}
	arena_free(a);
	return rc < 0 ? -1 : 0;
}

/* simfra-internet */

static json_t *
network_config(struct converge *cv, const char *name, const struct plan_internet *pool)
{
	char subnet[NET4_TEXT], range[NET4_TEXT];

	net4_format(&pool->net, subnet);
	net4_format(&pool->docker, range);
	return json_own(cv->arena,
	    json_make("{s:s, s:s, s:b, s:{s:[{s:s, s:s, s:s}]}, s:o}", "Name", name, "Driver",
		"bridge", "CheckDuplicate", 1, "IPAM", "Config", "Subnet", subnet, "IPRange", range,
		"Gateway", text_of(cv->arena, pool->gateway), "Labels", converge_labels(cv)));
}

/* Control in a container is on it too, at the address behind the gateway. */
static int
join(struct converge *cv, const char *network, const struct plan_internet *pool,
    struct err *err)
{
	const char *self = cv->env->own_container;
	json_t *endpoint, *inspection;

	if (self == NULL)
		return 0;
	if (engine_container_inspect(cv->env->engine, cv->arena, self, &inspection, err) < 0)
		return -1;
	if (container_address(inspection, network) != NULL)
		return 0;
	endpoint = json_own(cv->arena,
	    json_make("{s:{s:s}}", "IPAMConfig", "IPv4Address",
		text_of(cv->arena, pool->gateway + 1)));
	return engine_network_connect(cv->env->engine, network, self, endpoint, err);
}

static int
need_internet(struct converge *cv, struct err *err)
{
	const char *name = host_internet_name(cv->env->settings, cv->arena);
	struct plan_internet pool;
	json_t *found;
	int rc;

	if (!pool_of(cv->env->settings, &pool))
		return err_set(err, &bad_pool, "SIMFRA_INTERNET_CIDR: '%s' is not a network of "
		    "8 to 24 bits", cv->env->settings->internet_cidr);
	rc = engine_network_inspect(cv->env->engine, cv->arena, name, &found, err);
	if (rc < 0)
		return -1;
	if (rc == 0 &&
	    engine_network_create(cv->env->engine, network_config(cv, name, &pool), err) < 0)
		return err_wrap(err, "create network %s", name);
	return join(cv, name, &pool, err);
}

/* netd */

static json_t *
netd_config(struct converge *cv, const char *token)
{
	const struct settings *s = cv->env->settings;
	json_t *config = json_own(cv->arena, json_new_object()), *env, *host;

	env = json_need_array(config, "Env");
	json_add_str(env, arena_printf(cv->arena, "SIMFRA_ENDPOINT=http://%s:%d",
	    host_control_address(cv->env, cv->arena), s->port));
	json_add_str(env, arena_printf(cv->arena, "SIMFRA_AGENT_TOKEN=%s", token));
	json_add_str(env, arena_printf(cv->arena, "SIMFRA_LOG_LEVEL=%s", s->log_level));
	host = json_need_object(config, "HostConfig");
	json_set_str(host, "NetworkMode", host_internet_name(s, cv->arena));
	json_set_str(host, "PidMode", "host");
	json_set_bool(host, "ReadonlyRootfs", 1);
	json_set(host, "CapDrop", json_make("[s]", "ALL"));
	json_set(host, "CapAdd",
	    json_make("[s, s, s, s]", "SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE", "NET_RAW"));
	json_set(host, "SecurityOpt",
	    json_make("[s, s]", "no-new-privileges", "apparmor=unconfined"));
	json_set(host, "Binds",
	    json_make("[o]", json_sprintf("%s:/var/run/docker.sock", s->docker_socket)));
	json_set(host, "Tmpfs", json_make("{s:s}", "/run", "rw,noexec,nosuid,size=4m"));
	json_set(host, "RestartPolicy", json_make("{s:s}", "Name", "unless-stopped"));
	json_set(host, "LogConfig",
	    json_make("{s:s, s:{s:s, s:s}}", "Type", "json-file", "Config", "max-size", "1m",
		"max-file", "2"));
	return config;
}

static int
need_netd(struct converge *cv, struct err *err)
{
	struct container_spec spec = { .name = converge_name(cv, HOST_ID) };
	char *token;
	json_t *inspection;

	spec.image = container_image(cv, IMAGE_NETD, err);
	if (spec.image == NULL || converge_token(cv, "netd", &token, err) < 0)
		return -1;
	spec.config = netd_config(cv, token);
	return container_run(cv, &spec, &inspection, err);
}

static int
host_converge(struct converge *cv, struct err *err)
{
	if (cv->env->engine == NULL)
		return 0;
	if (cv->doc == NULL) {
		/* After a reset the host is as it was: announce it again. */
		if (host_announce(cv->env, err) < 0)
			return -1;
		cv->again_ms = 1;
		return 0;
	}
	if (need_internet(cv, err) < 0)
		return err_wrap(err, "simfra-internet");
	return need_netd(cv, err) < 0 ? err_wrap(err, "netd") : 0;
}

const struct resource ec2_host = {
	.service = "ec2",
	.kind = HOST_KIND,
	.type = "host",
	.id_member = "Name",
	.noun = "host",
	.not_found = &not_found,
	.no_tags = 1,
	.converge = host_converge,
};

static const struct resource *const resources[] = { &ec2_host, &ec2_attachment, &ec2_boot, NULL };
const struct family ec2_hosts = { .ops = NULL, .n_ops = 0, .resources = resources };
