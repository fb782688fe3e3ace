#include "control/services/ec2/network/edge.h"

#include <string.h>

#include "base/enc.h"
#include "base/log.h"
#include "control/api/agent.h"
#include "control/api/container.h"
#include "control/api/host_port.h"
#include "control/services/ec2/network/host.h"
#include "control/services/ec2/network/port_forward.h"
#include "control/services/ec2/network/underlay.h"

enum { SECRET_LEN = 32, MAX_TRIES = 50 };

static const struct err_kind not_found = { "NotFound", 404 };

/* The document */

int
edge_get(struct store_txn *t, json_t **ret, struct err *err)
{
	return store_get(t, STORE_SYSTEM, EDGE_KIND, EDGE_ID, ret, err);
}

int
edge_announce(struct env *env, struct err *err)
{
	struct arena *a = arena_new();
	int rc = 0;

	while (rc == 0) {
		struct store_txn *t = store_begin(env->store, a);
		char secret[2 * SECRET_LEN + 1];
		json_t *doc;

		rc = edge_get(t, &doc, err);
		if (rc != 0)
			break;
		random_hex(secret, 2 * SECRET_LEN);
		doc = json_own(a,
		    json_make("{s:s, s:s}", "Name", EDGE_ID, "Secret", secret));
		store_put(t, STORE_SYSTEM, EDGE_KIND, EDGE_ID, doc);
		rc = store_commit(t, err);
	}
	arena_free(a);
	return rc < 0 ? -1 : 0;
}

const char *
edge_key(struct arena *a, const json_t *edge, const char *scope, const char *vpc)
{
	const char *secret = json_str(edge, "Secret"), *text;
	unsigned char key[32];
	char *hex;

	if (secret == NULL)
		return NULL;
	text = arena_printf(a, "%s/%s", scope, vpc);
	hmac_sha256(secret, strlen(secret), text, strlen(text), key);
	hex = arena_alloc(a, 2 * sizeof(key) + 1);
	hex_encode(key, sizeof(key), hex);
	return hex;
}

static json_t *
door_subnets(struct arena *a, const char *vpc, const struct store_docs *subnets)
{
	json_t *list = json_new_array();
	struct net4 net;

	for (size_t i = 0; i < subnets->n; i++) {
		const char *cidr = json_str_or(subnets->doc[i], "CidrBlock", "");

		if (strcmp(json_str_or(subnets->doc[i], "VpcId", ""), vpc) == 0 &&
		    net4_parse(cidr, &net))
			json_add(list,
			    json_make("{s:s, s:s}", "cidr", cidr, "from",
				underlay_text(a, net4_base(&net) + 1)));
	}
	return list;
}

json_t *
edge_door(struct env *env, struct arena *a, const json_t *edge, const char *scope,
    const json_t *vpc, const struct store_docs *subnets)
{
	const char *id = resource_id(&ec2_vpc, vpc);
	const char *key = edge_key(a, edge, scope, id);
	struct plan_underlay u;

	if (key == NULL || strcmp(env->settings->edge, "false") == 0 ||
	    !underlay_of(env, vpc, &u))
		return NULL;
	return json_make("{s:s, s:i, s:s, s:o}", "listen", underlay_text(a, u.router),
	    "port", PLAN_DOOR_PORT, "key", key, "subnets", door_subnets(a, id, subnets));
}

/* Docker publishes the ports: edge has a network of its own. */
static int
is_published_by_docker(const struct settings *s, const json_t *info)
{
	if (strcmp(s->edge_network, "auto") != 0)
		return strcmp(s->edge_network, "docker") == 0;
	return strcmp(json_str_or(info, "OperatingSystem", ""), "Docker Desktop") == 0;
}

/* Forwards as they are to be */

/* Every scope that has instances, or forwards of some that it had: an array, the arena's. */
static int
scopes_of(struct converge *cv, json_t **ret, struct err *err)
{
	static const char *const kinds[] = { "ec2:instance", "ec2:network-interface",
		PORT_FORWARD_KIND };
	struct store_txn *t = store_begin(cv->env->store, cv->arena);
	json_t *scopes, *scope;
	size_t i;

	*ret = json_own(cv->arena, json_new_array());
	for (size_t k = 0; k < COUNT(kinds); k++) {
		if (store_scopes(t, kinds[k], &scopes, err) < 0)
			return -1;
		json_array_foreach(scopes, i, scope) {
			if (!json_has_str(*ret, json_string_value(scope)))
				json_add(*ret, json_incref(scope));
		}
	}
	return 0;
}

static int
sync_scope(struct converge *cv, const char *scope, size_t *ret_n_left, struct err *err)
{
	size_t n = strcspn(scope, ":");
	int rc = 0;

	for (int try = 0; try < MAX_TRIES && rc == 0; try++) {
		struct call c = {
			.env = cv->env,
			.arena = cv->arena,
			.txn = store_begin(cv->env->store, cv->arena),
			.service = &ec2_service,
			.model = model_find("ec2"),
			.scope = scope,
			.account = arena_strndup(cv->arena, scope, n),
			.region = scope[n] == ':' ? scope + n + 1 : "",
			.now_ms = cv->now_ms,
			.is_service = 1,
		};

		if (port_forward_sync(&c, ret_n_left) < 0) {
			*err = c.err;
			return -1;
		}
		rc = store_commit(c.txn, err);
	}
	if (rc == 0)
		return err_set(err, &err_unavailable, "too many conflicts in %s", scope);
	return rc < 0 ? -1 : 0;
}

static int
write_unpublished(struct converge *cv, json_t *doc, void *arg)
{
	const struct port_range *range =
	    &cv->env->settings->port_ranges[HOST_PORT_FORWARD];
	const size_t *n = arg;

	if (json_int(doc, "Unpublished", 0) == (int64_t)*n)
		return 0;
	if (*n > 0)
		log_warn("edge",
		    "%zu open ports of public instances are not published: no port of %d-%d "
		    "is free (%s)",
		    *n, range->from, range->to, host_port_variable(HOST_PORT_FORWARD));
	json_set_int(doc, "Unpublished", (int64_t)*n);
	return 1;
}

static int
sync_all(struct converge *cv, struct err *err)
{
	size_t i, n_left = 0;
	json_t *scopes, *scope;

	if (scopes_of(cv, &scopes, err) < 0)
		return -1;
	json_array_foreach(scopes, i, scope) {
		size_t n = 0;

		if (sync_scope(cv, json_string_value(scope), &n, err) < 0)
			return -1;
		n_left += n;
	}
	return converge_write(cv, write_unpublished, &n_left, err);
}

/* The container */

/* On a network of its own, Docker publishes all that may ever be used: it cannot add any. */
static void
publish_range(struct converge *cv, json_t *config, json_t *host)
{
	const struct port_range *range =
	    &cv->env->settings->port_ranges[HOST_PORT_FORWARD];
	json_t *exposed = json_need_object(config, "ExposedPorts");
	json_t *bindings = json_need_object(host, "PortBindings");

	for (int port = range->from; port <= range->to; port++) {
		for (int is_udp = 0; is_udp < 2; is_udp++) {
			const char *name = arena_printf(cv->arena, "%d/%s", port,
			    is_udp ? "udp" : "tcp");

			json_set(exposed, name, json_new_object());
			json_set(bindings, name,
			    json_make("[{s:s, s:o}]", "HostIp", "127.0.0.1", "HostPort",
				json_new_fmt("%d", port)));
		}
	}
}

static json_t *
edge_config(struct converge *cv, const char *token, int is_apart)
{
	const struct settings *s = cv->env->settings;
	json_t *config = json_own(cv->arena, json_new_object()), *env, *host;

	env = json_need_array(config, "Env");
	json_add_str(env,
	    arena_printf(cv->arena, "SIMFRA_ENDPOINT=http://%s:%d",
		host_control_address(cv->env, cv->arena), host_port(cv->env)));
	json_add_str(env, arena_printf(cv->arena, "SIMFRA_AGENT_TOKEN=%s", token));
	json_add_str(env, arena_printf(cv->arena, "SIMFRA_LOG_LEVEL=%s", s->log_level));
	json_set_str(config, "User", "65534:65534");
	host = json_need_object(config, "HostConfig");
	json_set_str(host, "NetworkMode",
	    is_apart ? host_control_name(cv->env, cv->arena) : "host");
	if (is_apart)
		publish_range(cv, config, host);
	json_set_bool(host, "ReadonlyRootfs", 1);
	json_set(host, "CapDrop", json_make("[s]", "ALL"));
	json_set(host, "SecurityOpt", json_make("[s]", "no-new-privileges"));
	json_set(host, "RestartPolicy", json_make("{s:s}", "Name", "unless-stopped"));
	json_set(host, "LogConfig",
	    json_make("{s:s, s:{s:s, s:s}}", "Type", "json-file", "Config", "max-size",
		"1m", "max-file", "2"));
	return config;
}

/* The VPC of a forward into one: 1 and its document, 0, -1. */
static int
vpc_of(struct store_txn *t, const json_t *forward, const char **ret_scope, json_t **ret,
    struct err *err)
{
	const char *eni = json_str_or(forward, "Interface", "");
	const json_t *scope;
	json_t *scopes, *interface;
	size_t i;

	if (store_scopes(t, ec2_network_interface.kind, &scopes, err) < 0)
		return -1;
	json_array_foreach(scopes, i, scope) {
		*ret_scope = json_string_value(scope);
		if (store_get(t, *ret_scope, ec2_network_interface.kind, eni, &interface,
			err) > 0)
			return store_get(t, *ret_scope, ec2_vpc.kind,
			    json_str_or(interface, "VpcId", ""), ret, err);
	}
	return 0;
}

/* On Docker's bridges nobody reaches those of another: so it is on each that it needs. */
static int
join_networks(struct converge *cv, const json_t *forwards, const char *name,
    struct err *err)
{
	struct store_txn *t = store_begin(cv->env->store, cv->arena);
	const json_t *forward;
	const char *scope;
	json_t *vpc;
	size_t i;

	if (engine_network_connect(cv->env->engine,
		host_internet_name(cv->env->settings, cv->arena), name, NULL, err) < 0)
		return -1;
	json_array_foreach(forwards, i, forward) {
		size_t n;
		int rc;

		if (json_str(forward, "Public") != NULL)
			continue;
		rc = vpc_of(t, forward, &scope, &vpc, err);
		if (rc < 0)
			return -1;
		if (rc == 0)
			continue;
		n = strcspn(scope, ":");
		if (engine_network_connect(cv->env->engine,
			arena_printf(cv->arena, "%s-vpc-%.*s-%s-%s",
			    cv->env->settings->instance, (int)n, scope, scope + n + 1,
			    resource_id(&ec2_vpc, vpc)),
			name, NULL, err) < 0)
			return -1;
	}
	return 0;
}

static int
need_edge(struct converge *cv, const json_t *forwards, struct err *err)
{
	struct container_spec spec = { .name = converge_name(cv, EDGE_ID) };
	json_t *inspection, *info;
	int is_apart;
	char *token;

	spec.image = container_image(cv, IMAGE_EDGE, err);
	if (spec.image == NULL ||
	    engine_info(cv->env->engine, cv->arena, &info, err) < 0 ||
	    converge_token(cv, "edge", &token, err) < 0)
		return -1;
	is_apart = is_published_by_docker(cv->env->settings, info);
	spec.config = edge_config(cv, token, is_apart);
	if (container_run(cv, &spec, &inspection, err) < 0)
		return -1;
	return is_apart ? join_networks(cv, forwards, spec.name, err) : 0;
}

/* Nothing is to be published. */
static int
need_no_edge(struct converge *cv, struct err *err)
{
	const char *name = converge_name(cv, EDGE_ID);
	json_t *found;
	int rc = engine_container_inspect(cv->env->engine, cv->arena, name, &found, err);

	return rc <= 0 ? rc : engine_container_remove(cv->env->engine, name, err);
}

static int
edge_converge(struct converge *cv, struct err *err)
{
	const char *word = cv->env->settings->edge;
	json_t *forwards;

	if (cv->env->engine == NULL)
		return 0;
	if (cv->doc == NULL)
		return need_no_edge(cv, err);
	if (sync_all(cv, err) < 0 ||
	    port_forward_list(cv->env, cv->arena, &forwards, err) < 0)
		return -1;
	if (strcmp(word, "true") != 0 && json_array_size(forwards) == 0)
		return need_no_edge(cv, err);
	return need_edge(cv, forwards, err);
}

/* What may change what is published. */
static int
changed(struct converge *cv, struct err *err UNUSED)
{
	cv->wake(cv, STORE_SYSTEM, EDGE_KIND, EDGE_ID);
	return 0;
}

static const struct watch watches[] = {
	{ "ec2:instance", changed },
	{ "ec2:network-interface", changed },
	{ "ec2:security-group", changed },
	{ "ec2:prefix-list", changed },
	{ PORT_FORWARD_KIND, changed },
	{ NULL, NULL },
};

static const struct resource ec2_edge = {
	.service = "ec2",
	.kind = EDGE_KIND,
	.type = "edge",
	.id_member = "Name",
	.noun = "edge",
	.not_found = &not_found,
	.no_tags = 1,
	.converge = edge_converge,
	.watches = watches,
};

static const struct resource *const resources[] = { &ec2_edge, &ec2_port_forward, NULL };
const struct family ec2_edges = { .ops = NULL, .n_ops = 0, .resources = resources };

/* The agent */

/* The row of a forward: added, or left out while its VPC has no router. */
static int
add_row(const struct agent_ref *agent, struct store_txn *t, const json_t *edge,
    const json_t *forward, json_t *list, struct err *err)
{
	const char *public = json_str(forward, "Public"), *scope;
	struct plan_underlay u;
	json_t *vpc = NULL, *row;
	int rc = 1;

	if (public == NULL)
		rc = vpc_of(t, forward, &scope, &vpc, err);
	if (rc <= 0 || (vpc != NULL && !underlay_of(agent->env, vpc, &u)))
		return rc < 0 ? -1 : 0;
	row = json_add_object(list);
	json_set_str(row, "id", port_forward_key(agent->arena, forward));
	json_set_str(row, "protocol", json_str(forward, "Protocol"));
	json_set_int(row, "port", port_forward_port(forward));
	json_set_str(row, "to", public != NULL ? public : json_str(forward, "Address"));
	json_set_int(row, "to_port", json_int(forward, "Port", 0));
	if (vpc != NULL)
		json_set(row, "via",
		    json_make("{s:s, s:i, s:s}", "address",
			underlay_text(agent->arena, u.router), "port", PLAN_DOOR_PORT,
			"key",
			edge_key(agent->arena, edge, scope, resource_id(&ec2_vpc, vpc))));
	return 0;
}

static int
config(const struct agent_ref *agent, json_t **ret, struct err *err)
{
	struct store_txn *t = store_begin(agent->env->store, agent->arena);
	json_t *v = json_own(agent->arena, json_new_object()), *forwards, *edge, *list;
	const json_t *forward;
	json_t *info = NULL;
	size_t i;
	int rc = edge_get(t, &edge, err);

	if (rc <= 0)
		return rc;
	if (agent->env->engine != NULL &&
	    engine_info(agent->env->engine, agent->arena, &info, err) < 0)
		return -1;
	if (port_forward_list(agent->env, agent->arena, &forwards, err) < 0)
		return -1;
	json_set_str(v, "listen",
	    is_published_by_docker(agent->env->settings, info) ? "0.0.0.0" : "127.0.0.1");
	list = json_need_array(v, "forwards");
	json_array_foreach(forwards, i, forward) {
		if (add_row(agent, t, edge, forward, list, err) < 0)
			return -1;
	}
	*ret = v;
	return 1;
}

static int
status(const struct agent_ref *agent, const json_t *said, struct err *err)
{
	json_t *forwards = json_get(said, "forwards"), *doc;
	int rc = 0;

	if (!json_is_object(forwards))
		return 0;
	for (int try = 0; try < MAX_TRIES && rc == 0; try++) {
		struct store_txn *t = store_begin(agent->env->store, agent->arena);

		rc = store_edit(t, STORE_SYSTEM, EDGE_KIND, EDGE_ID, &doc, err);
		if (rc <= 0 || json_equal(json_get(doc, "Forwards"), forwards))
			return rc < 0 ? -1 : 0;
		json_set(doc, "Forwards", json_incref(forwards));
		store_put(t, STORE_SYSTEM, EDGE_KIND, EDGE_ID, doc);
		rc = store_commit(t, err);
	}
	if (rc == 0)
		return err_set(err, &err_unavailable, "too many conflicts");
	return rc < 0 ? -1 : 0;
}

const struct agent_kind ec2_edge_agent = {
	.name = "edge",
	.all_scopes = 1,
	.config = config,
	.status = status,
};
