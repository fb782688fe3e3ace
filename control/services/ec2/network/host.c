#include "control/services/ec2/network/host.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "control/api/container.h"
#include "control/api/converge.h"
#include "control/api/network.h"
#include "control/engine/labels.h"
#include "control/services/ec2/compute/attachment.h"
#include "control/services/ec2/network/edge.h"
#include "control/services/ec2/network/underlay.h"
#include "control/services/ec2/network/vpc_agent.h"
#include "netdns/ip.h"
#include "netdns/plan.h"

enum { RESTART_PAUSE_MS = 200 };

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

/* Control's network: the last of the underlays, which no VPC gets. */
static int
control_of(const struct settings *s, struct plan_underlay *ret)
{
	struct net4 pool;

	return net4_parse(s->underlay_cidr, &pool) && plan_n_underlays(&pool) > 1 &&
	    plan_underlay(&pool, plan_n_underlays(&pool) - 1, ret);
}

const char *
host_gateway(const struct settings *s, struct arena *a)
{
	struct plan_underlay u;

	return control_of(s, &u) ? underlay_text(a, u.gateway) : NULL;
}

const char *
host_control_address(struct env *env, struct arena *a)
{
	struct plan_underlay u;

	if (!control_of(env->settings, &u))
		return NULL;
	return underlay_text(a, env->own_container != NULL ? u.control : u.gateway);
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
		doc = json_own(a,
		    json_make("{s:s, s:i, s:i}", "Name", HOST_ID, "Port",
			env->settings->port, "TlsPort", env->settings->tls_port));
		store_put(t, STORE_SYSTEM, HOST_KIND, HOST_ID, doc);
		rc = store_commit(t, err);
	}
	arena_free(a);
	return rc < 0 ? -1 : edge_announce(env, err);
}

/* What was announced, or else what is set here. */
static int
announced(struct env *env, const char *member, int port)
{
	struct arena *a = arena_new();
	struct err err;
	json_t *doc;

	if (store_get(store_begin(env->store, a), STORE_SYSTEM, HOST_KIND, HOST_ID, &doc,
		&err) > 0)
		port = (int)json_int(doc, member, port);
	arena_free(a);
	return port;
}

int
host_port(struct env *env)
{
	return announced(env, "Port", env->settings->port);
}

int
host_tls_port(struct env *env)
{
	return announced(env, "TlsPort", env->settings->tls_port);
}

int
host_trouble(struct store_txn *t, const char **ret, struct err *err)
{
	json_t *doc;
	int rc = store_get(t, STORE_SYSTEM, HOST_KIND, HOST_ID, &doc, err);
	const char *said;

	if (rc <= 0)
		return rc;
	said = json_str_or(doc, "enforcement", "");
	if (said[0] == '\0' || strcmp(said, "verified") == 0)
		return 0;
	*ret = said;
	return 1;
}

int
host_may_restart(struct converge *cv, const json_t *container, struct err *err)
{
	const char *ended = json_str_or(json_get(container, "State"), "FinishedAt", "");
	int64_t ended_ms;
	json_t *netd;
	int rc;

	if (clock_parse_iso8601(ended, &ended_ms) && cv->now_ms >= ended_ms &&
	    cv->now_ms - ended_ms < RESTART_PAUSE_MS) {
		cv->again_ms = RESTART_PAUSE_MS;
		return 0;
	}
	rc = engine_container_inspect(cv->env->engine, cv->arena,
	    converge_name(cv, HOST_ID), &netd, err);
	if (rc < 0)
		return -1;
	if (rc > 0 && json_is_true(json_path(netd, "State.Running")))
		return 1;
	cv->again_ms = RESTART_PAUSE_MS;
	return 0;
}

int
host_may_run(struct converge *cv, const char *name, struct err *err)
{
	json_t *container;
	int rc =
	    engine_container_inspect(cv->env->engine, cv->arena, name, &container, err);

	if (rc < 0)
		return -1;
	if (rc == 0 || json_is_true(json_path(container, "State.Running")))
		return 1;
	return host_may_restart(cv, container, err);
}

/* The networks */

/* Strings of the plan's numbers. */
static struct network_spec
network_spec(struct arena *a, const char *name, const struct net4 *net,
    const struct net4 *range, uint32_t gateway)
{
	char subnet[NET4_TEXT], part[NET4_TEXT];

	net4_format(net, subnet);
	net4_format(range, part);
	return (struct network_spec){
		.name = name,
		.subnet = arena_strdup(a, subnet),
		.range = arena_strdup(a, part),
		.gateway = underlay_text(a, gateway),
	};
}

static const char *
text_of6(struct arena *a, const uint8_t address[16])
{
	struct ip ip = { .version = 6 };
	char text[IP_TEXT];

	memcpy(ip.b, address, sizeof(ip.b));
	ip_format(&ip, text);
	return arena_strdup(a, text);
}

/* The IPv6 part, when there is to be one.  0 or -1. */
static int
add_internet6(struct converge *cv, struct network_spec *n, struct err *err)
{
	const char *text = cv->env->settings->internet_cidr6;
	char subnet[NET6_TEXT], range[NET6_TEXT];
	struct plan_internet6 plan;
	struct net6 pool;

	if (strcmp(text, "none") == 0)
		return 0;
	if (!net6_parse(text, &pool) || !plan_internet6(&pool, &plan))
		return err_set(err, &bad_pool,
		    "SIMFRA_INTERNET_CIDR6: '%s' is not an IPv6 network of 16 to 52 bits, "
		    "nor none",
		    text);
	net6_format(&plan.net, subnet);
	net6_format(&plan.docker, range);
	n->subnet6 = arena_strdup(cv->arena, subnet);
	n->range6 = arena_strdup(cv->arena, range);
	n->gateway6 = text_of6(cv->arena, plan.gateway);
	return 0;
}

/* What simfra-internet has of IPv6 is netd's to know. */
static int
write_internet6(struct converge *cv, json_t *doc, void *arg)
{
	const char *const *subnet6 = arg;

	(void)cv;
	if (strcmp(json_str_or(doc, "Internet6", ""), *subnet6) == 0)
		return 0;
	log_info("ec2", "IPv6 between VPCs and the host: %s",
	    **subnet6 != '\0' ? *subnet6 : "none, simfra-internet has no IPv6");
	json_set_str(doc, "Internet6", *subnet6);
	return 1;
}

int
host_internet6(struct store_txn *t, const char **ret, struct err *err)
{
	json_t *doc;
	int rc = store_get(t, STORE_SYSTEM, HOST_KIND, HOST_ID, &doc, err);

	if (rc <= 0)
		return rc;
	*ret = json_str_or(doc, "Internet6", "");
	return **ret != '\0';
}

static int
need_internet(struct converge *cv, struct err *err)
{
	const char *name = host_internet_name(cv->env->settings, cv->arena), *subnet6;
	struct plan_internet pool;
	struct network_spec n;
	int rc;

	if (!pool_of(cv->env->settings, &pool))
		return err_set(err, &bad_pool,
		    "SIMFRA_INTERNET_CIDR: '%s' is not a network of "
		    "8 to 24 bits",
		    cv->env->settings->internet_cidr);
	n = network_spec(cv->arena, name, &pool.net, &pool.docker, pool.gateway);
	if (add_internet6(cv, &n, err) < 0)
		return -1;
	rc = network_need(cv, &n, err);
	if (rc < 0)
		return -1;
	subnet6 = rc > 0 ? n.subnet6 : "";
	return converge_write(cv, write_internet6, &subnet6, err);
}

char *
host_control_name(struct env *env, struct arena *a)
{
	return arena_printf(a, "%s-control", env->settings->instance);
}

/*
 * Control in a container is on its network at an address of its own.  Without masquerading:
 * Docker forgets a container's connections when its default gateway changes, and would then
 * translate the rest of control's answers.
 */
static int
need_control(struct converge *cv, struct err *err)
{
	struct plan_underlay u;
	struct network_spec n;

	if (!control_of(cv->env->settings, &u))
		return err_set(err, &bad_pool,
		    "SIMFRA_UNDERLAY_CIDR: '%s' is not a network of "
		    "8 to 27 bits",
		    cv->env->settings->underlay_cidr);
	n = network_spec(cv->arena, host_control_name(cv->env, cv->arena), &u.net,
	    &(struct net4){ u.net.addr + 8, 29 }, u.gateway);
	n.is_inner = 1;
	if (network_need(cv, &n, err) < 0)
		return -1;
	return network_join(cv, n.name, cv->env->own_container,
	    underlay_text(cv->arena, u.control), err);
}

/* netd */

/* Where Docker has its volumes: by the same name in netd, which mounts them into instances. */
static const char *
volumes_folder(struct converge *cv, struct err *err)
{
	json_t *info;

	if (engine_info(cv->env->engine, cv->arena, &info, err) < 0)
		return NULL;
	return arena_printf(cv->arena, "%s/volumes",
	    json_str_or(info, "DockerRootDir", "/var/lib/docker"));
}

static json_t *
netd_config(struct converge *cv, const char *token, const char *volumes)
{
	const struct settings *s = cv->env->settings;
	json_t *config = json_own(cv->arena, json_new_object()), *env, *host;

	env = json_need_array(config, "Env");
	json_add_str(env,
	    arena_printf(cv->arena, "SIMFRA_ENDPOINT=http://%s:%d",
		host_control_address(cv->env, cv->arena), host_port(cv->env)));
	json_add_str(env, arena_printf(cv->arena, "SIMFRA_AGENT_TOKEN=%s", token));
	json_add_str(env, arena_printf(cv->arena, "SIMFRA_LOG_LEVEL=%s", s->log_level));
	/* Its last configuration outlives its restart while control is away. */
	json_add_str(env, "SIMFRA_STATE_DIR=/state");
	json_set(config, "Volumes", json_make("{s:{}}", "/state"));
	host = json_need_object(config, "HostConfig");
	json_set_str(host, "NetworkMode", host_control_name(cv->env, cv->arena));
	json_set_str(host, "PidMode", "host");
	json_set_bool(host, "ReadonlyRootfs", 1);
	json_set(host, "CapDrop", json_make("[s]", "ALL"));
	json_set(host, "CapAdd",
	    json_make("[s, s, s, s, s]", "SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE",
		"NET_RAW", "SYS_CHROOT"));
	json_set(host, "SecurityOpt",
	    json_make("[s, s]", "no-new-privileges", "apparmor=unconfined"));
	json_set(host, "Binds",
	    json_make("[o, o]", json_new_fmt("%s:/var/run/docker.sock", s->docker_socket),
		json_new_fmt("%s:%s", volumes, volumes)));
	json_set(host, "Tmpfs", json_make("{s:s}", "/run", "rw,noexec,nosuid,size=4m"));
	json_set(host, "RestartPolicy", json_make("{s:s}", "Name", "unless-stopped"));
	json_set(host, "LogConfig",
	    json_make("{s:s, s:{s:s, s:s}}", "Type", "json-file", "Config", "max-size",
		"1m", "max-file", "2"));
	return config;
}

static int
need_netd(struct converge *cv, struct err *err)
{
	struct container_spec spec = { .name = converge_name(cv, HOST_ID) };
	const char *volumes = volumes_folder(cv, err);
	char *token;
	json_t *inspection;

	spec.image = container_image(cv, IMAGE_NETD, err);
	if (volumes == NULL || spec.image == NULL ||
	    converge_token(cv, "netd", &token, err) < 0)
		return -1;
	spec.config = netd_config(cv, token, volumes);
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
	if (need_control(cv, err) < 0 || need_internet(cv, err) < 0)
		return -1;
	return need_netd(cv, err) < 0 ? err_wrap(err, "netd") : 0;
}

static const struct resource ec2_host = {
	.service = "ec2",
	.kind = HOST_KIND,
	.type = "host",
	.id_member = "Name",
	.noun = "host",
	.not_found = &not_found,
	.no_tags = 1,
	.converge = host_converge,
};

static const struct resource *const resources[] = { &ec2_host, &ec2_attachment, &ec2_boot,
	&ec2_underlay, NULL };
const struct family ec2_hosts = { .ops = NULL, .n_ops = 0, .resources = resources };
