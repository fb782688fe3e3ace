/*
 * ElastiCache: a node's engine is made what its cluster and group want.
 *
 *	wanted		what there is		becomes
 *	available	no container, or ended	it runs; the primary of a group with automatic failover hands
 *						over first
 *			it answers		told its parameters and role; available
 *			asked to reboot		stopped, and run again
 *	deleted					all of it goes, and with the last node its cluster
 */
#include <string.h>

#include "base/log.h"
#include "control/api/container.h"
#include "control/iam/ca.h"
#include "control/services/ec2/compute/instance_type.h"
#include "control/services/ec2/compute/workload.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/storage/data_copy.h"
#include "control/services/elasticache/elasticache.h"

enum {
	STOP_S = 15,
	EXEC_S = 20,
	SAID = 1 << 14,
	ASK_AGAIN_MS = 200,
	DEFER_MS = 1,
	ROLE_AGAIN_MS = 500
};

static const struct err_kind gone = { "ClusterGone", 500 };

#define CLI                                                                         \
	"cli() { \"$(command -v valkey-cli || command -v redis-cli)\" -h 127.0.0.1" \
	" -p \"$SIMFRA_PORT\" $SIMFRA_TLS --no-auth-warning \"$@\"; }\n"

static const char redis_start[] =
    "set -e\n"
    "mkdir -p /run/simfra\n"
    "if [ -n \"$SIMFRA_TLS\" ]; then\n"
    "  cp /.simfra/tls.crt /.simfra/tls.key /.simfra/ca.pem /run/simfra/\n"
    "  chmod 644 /run/simfra/*\n"
    "  set -- \"$@\" /data/.simfra.conf --port 0 --tls-port \"$SIMFRA_PORT\""
    " --tls-cert-file /run/simfra/tls.crt --tls-key-file /run/simfra/tls.key"
    " --tls-ca-cert-file /run/simfra/ca.pem --tls-auth-clients no --tls-replication yes\n"
    "else\n"
    "  set -- \"$@\" /data/.simfra.conf --port \"$SIMFRA_PORT\"\n"
    "fi\n"
    "[ -f /data/.simfra.conf ] || cp /.simfra/first.conf /data/.simfra.conf\n"
    "chmod 666 /data/.simfra.conf\n"
    "exec \"$@\" --dir /data --maxmemory \"$SIMFRA_MEMORY\"\n";
static const char redis_probe[] = CLI "[ \"$(cli ping)\" = PONG ]\n";
static const char redis_set[] = CLI
    "[ \"$(cli config set \"$SIMFRA_NAME\" \"$SIMFRA_VALUE\")\" = OK ] && cli config rewrite\n";
static const char redis_role[] =
    CLI "[ \"$(cli replicaof $SIMFRA_MASTER)\" = OK ] && cli config rewrite\n";
static const char redis_in_sync[] =
    CLI "cli info replication | grep -q '^master_link_status:up'\n";

static const char memcached_start[] =
    "exec \"$@\" -p \"$SIMFRA_PORT\" -U 0 -m \"$SIMFRA_MEGABYTES\" $SIMFRA_OPTIONS\n";
/* Somebody listens; images have no client of it. */
static const char memcached_probe[] =
    "grep -q \"$(printf ':%04X ' \"$SIMFRA_PORT\").* 0A \" /proc/net/tcp /proc/net/tcp6\n";

/* What a pass works with. */
struct node {
	struct converge *cv;
	json_t *cluster, *group; /* group NULL: none */
	const struct cache_engine *engine;
	const char *auth;
	json_t *set;
};

static int
read_docs(struct node *n, struct err *err)
{
	struct converge *cv = n->cv;
	struct store_txn *t = store_begin(cv->env->store, cv->arena);
	const char *group = json_str(cv->doc, "_group");
	int rc = store_get(t, cv->scope, elasticache_cluster.kind,
	    json_str_or(cv->doc, "CacheClusterId", ""), &n->cluster, err);

	if (rc > 0 && group != NULL)
		rc = store_get(t, cv->scope, elasticache_group.kind, group, &n->group,
		    err);
	if (rc == 0)
		return err_set(err, &gone, "the cluster of %s is gone", cv->id);
	if (rc < 0)
		return -1;
	n->engine = cache_engine_find(json_str_or(n->cluster, "Engine", ""));
	n->auth = json_str(n->cluster, "_auth");
	return n->engine != NULL ? 0 : err_set(err, &gone, "no engine");
}

/* 1 it ended well, 0 not, -1. */
static int
run_in(struct node *n, const char *command, const char *name, const char *value,
    const char **ret_said, struct err *err)
{
	struct converge *cv = n->cv;
	const char *const argv[] = { "/bin/sh", "-c", command, NULL };
	const char *env[] = { arena_printf(cv->arena, "REDISCLI_AUTH=%s",
				  n->auth != NULL ? n->auth : ""),
		arena_printf(cv->arena, "%s=%s", name, value),
		name[0] == 'S' ? arena_printf(cv->arena, "SIMFRA_X=") : NULL, NULL,
		NULL };
	struct engine_exec x = { .argv = argv, .env = env, .timeout_s = EXEC_S };
	struct buf *said = buf_new(cv->arena, SAID);
	int rc;

	if (n->auth == NULL)
		x.env = env + 1;
	rc = engine_exec(cv->env->engine, converge_name(cv, cv->id), &x, said, err);
	*ret_said = buf_text(said);
	return rc < 0 ? -1 : rc == 0;
}

/* The engine's container */

static void
add(json_t *env, const char *name, const char *value)
{
	json_add(env, json_new_fmt("%s=%s", name, value));
}

/* Options of memcached that are parameters of the group. */
static int
memcached_options(struct node *n, const char **ret, struct err *err)
{
	static const struct {
		const char *name, *option;
	} rows[] = { { "binding_protocol", "-B" }, { "chunk_size", "-n" },
		{ "chunk_size_growth_factor", "-f" }, { "max_item_size", "-I" },
		{ "max_simultaneous_connections", "-c" } };
	struct converge *cv = n->cv;
	const json_t *values = json_get(cv->doc, "_set");
	struct buf *b = buf_new(cv->arena, 0);

	*err = (struct err){ .kind = NULL };
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *value = json_str(values, rows[i].name);

		if (value != NULL)
			buf_printf(b, " %s %s", rows[i].option, value);
	}
	if (strcmp(json_str_or(values, "error_on_memory_exhausted", "0"), "1") == 0)
		buf_str(b, " -M");
	*ret = buf_text(b);
	return 0;
}

static json_t *
environment(struct node *n, int64_t memory, const char *options)
{
	json_t *env = json_own(n->cv->arena, json_new_array());
	struct arena *a = n->cv->arena;

	add(env, "SIMFRA_PORT",
	    arena_printf(a, "%lld", (long long)json_int(n->cv->doc, "_port", 0)));
	if (n->engine->is_memcached) {
		add(env, "SIMFRA_MEGABYTES",
		    arena_printf(a, "%lld", (long long)(memory >> 20)));
		add(env, "SIMFRA_OPTIONS", options);
		return env;
	}
	add(env, "SIMFRA_MEMORY", arena_printf(a, "%lld", (long long)memory));
	add(env, "SIMFRA_TLS",
	    json_bool(n->cluster, "TransitEncryptionEnabled", 0) ?
		"--tls --cacert /.simfra/ca.pem" :
		"");
	return env;
}

static int
run(struct node *n, json_t **ret, struct err *err)
{
	struct converge *cv = n->cv;
	const char *type = json_str_or(n->cluster, "CacheNodeType", ""), *options = "";
	const struct instance_type *t =
	    instance_type_find(cv->arena, type + strlen("cache."));
	const char *const interfaces[] = { json_str_or(cv->doc, "_interface", ""), NULL };
	const struct workload_file files[] = {
		{ "tls.crt", json_str_or(cv->doc, "_cert", ""), 0644 },
		{ "tls.key", json_str_or(cv->doc, "_key", ""), 0644 },
		{ "ca.pem", cv->env->ca != NULL ? ca_certificate(cv->env->ca) : "",
		    0644 },
		{ "first.conf", json_str_or(cv->doc, "_first", ""), 0644 },
	};
	struct workload w = { .interfaces = interfaces, .stop_s = STOP_S };
	int64_t memory = t != NULL ? (int64_t)t->memory_mib << 20 : INT64_C(512) << 20;
	char *path;

	if (n->engine->is_memcached) {
		if (memcached_options(n, &options, err) < 0)
			return -1;
		w.start = memcached_start;
	} else {
		if (data_need(cv, &path, err) < 0)
			return -1;
		w.mounts = json_own(cv->arena,
		    json_make("[{s:s, s:s, s:s}]", "Type", "volume", "Source",
			converge_name(cv, cv->id), "Target", "/data"));
		w.start = redis_start;
		w.files = files;
		w.n_files = COUNT(files);
	}
	if (t != NULL) {
		w.vcpus = (int)t->vcpus;
		w.memory = memory;
	}
	w.env = environment(n, memory / 4 * 3, options);
	w.image = container_image(cv, (enum image_id)n->engine->image, err);
	return w.image == NULL ? -1 : workload_run(cv, &w, ret, err);
}

/* Told */

static int
write_set(struct converge *cv UNUSED, json_t *doc, void *arg)
{
	json_set(doc, "_set", json_copy_deep(arg));
	return 1;
}

/* Parameters that differ from those that it has: 0 or -1. */
static int
tell_parameters(struct node *n, struct err *err)
{
	struct converge *cv = n->cv;
	const char *group = json_str_or(json_get(n->cluster, "CacheParameterGroup"),
	    "CacheParameterGroupName", "");
	json_t *wanted,
	    *has = json_own(cv->arena, json_copy_deep(json_get(cv->doc, "_set")));
	const char *name, *said;
	const json_t *v;
	int changed = 0;

	if (n->engine->is_memcached)
		return 0; /* at its next start */
	if (cache_parameters_of(store_begin(cv->env->store, cv->arena), cv->arena,
		cv->scope, group, &wanted, err) < 0)
		return -1;
	if (n->auth != NULL) {
		wanted = json_own(cv->arena, json_copy_deep(wanted));
		json_set_str(wanted, "masterauth", n->auth);
		json_set_str(wanted, "requirepass", n->auth);
	}
	json_object_foreach(wanted, name, v) {
		const char *value = json_string_value(v);
		int rc;

		if (strcmp(value, json_str_or(has, name, "\n")) == 0)
			continue;
		rc = run_in(n,
		    arena_printf(cv->arena, "SIMFRA_NAME='%s'\n%s", name, redis_set),
		    "SIMFRA_VALUE", value, &said, err);
		if (rc < 0)
			return -1;
		/* What this very engine does not know is said once and not tried for ever. */
		if (rc == 0)
			log_warn("elasticache", "%s: parameter %s: %.200s", cv->id, name,
			    said);
		json_set_str(has, name, value);
		changed = 1;
	}
	return changed ? converge_write(cv, write_set, has, err) : 0;
}

static int
write_role(struct converge *cv UNUSED, json_t *doc, void *arg)
{
	json_set_str(doc, "_role", arg);
	return 1;
}

/* The private address of the group's primary, "" when it is this one; NULL: not known yet. */
static const char *
find_primary(struct node *n, struct err *err)
{
	struct converge *cv = n->cv;
	struct store_txn *t = store_begin(cv->env->store, cv->arena);
	const char *primary = json_str_or(n->group, "_primary", "");
	struct store_docs all;
	json_t *interface;

	if (strcmp(primary, json_str_or(cv->doc, "CacheClusterId", "")) == 0)
		return "";
	if (store_list(t, cv->scope, elasticache_node.kind, &all, err) < 0)
		return NULL;
	for (size_t i = 0; i < all.n; i++) {
		if (strcmp(json_str_or(all.doc[i], "CacheClusterId", ""), primary) != 0)
			continue;
		if (store_get(t, cv->scope, ec2_network_interface.kind,
			json_str_or(all.doc[i], "_interface", ""), &interface, err) <= 0)
			return NULL;
		return json_str(interface, "PrivateIpAddress");
	}
	return NULL;
}

/* It follows the group's primary, or is it: 1, 0 not yet, -1. */
static int
tell_role(struct node *n, struct err *err)
{
	struct converge *cv = n->cv;
	const char *master, *role, *said;
	int rc;

	if (n->group == NULL)
		return 1;
	*err = (struct err){ .kind = NULL };
	master = find_primary(n, err);
	if (master == NULL)
		return err->kind != NULL ? -1 : 0;
	role = *master == '\0' ? "no one" :
				 arena_printf(cv->arena, "%s %lld", master,
				     (long long)json_int(cv->doc, "_port", 0));
	if (strcmp(role, json_str_or(cv->doc, "_role", "")) != 0) {
		rc = run_in(n, redis_role, "SIMFRA_MASTER", role, &said, err);
		if (rc <= 0)
			return rc;
		if (converge_write(cv, write_role, arena_strdup(cv->arena, role), err) <
		    0)
			return -1;
	}
	return *master == '\0' ? 1 : run_in(n, redis_in_sync, "SIMFRA_X", "", &said, err);
}

/* Available */

struct done {
	const char *id, *seen;
};

static int
write_available(struct call *c, void *arg)
{
	const struct done *done = arg;
	json_t *doc;
	int rc =
	    store_edit(c->txn, c->scope, elasticache_node.kind, done->id, &doc, &c->err);

	/* Asked for something since: the next pass does it, and says so. */
	if (rc <= 0 || strcmp(json_str_or(doc, "_want", ""), "available") != 0 ||
	    strcmp(json_str_or(doc, "_status", ""), done->seen) != 0 ||
	    strcmp(done->seen, "available") == 0)
		return rc < 0 ? -1 : 0;
	cache_event(c, "cache-cluster", json_str_or(doc, "CacheClusterId", ""),
	    strcmp(done->seen, "creating") == 0 ? "Cache cluster created" :
						  "Cache node restarted");
	json_set_str(doc, "_status", "available");
	resource_put(c, &elasticache_node, doc);
	return 0;
}

static int
write_rebooted(struct converge *cv UNUSED, json_t *doc, void *arg UNUSED)
{
	json_set_int(doc, "_rebooted", json_int(doc, "_reboots", 0));
	return 1;
}

/* Stopped; memcached begins with what its parameters are now. */
static int
restart(struct node *n, struct err *err)
{
	struct converge *cv = n->cv;
	const char *group = json_str_or(json_get(n->cluster, "CacheParameterGroup"),
	    "CacheParameterGroupName", "");
	json_t *wanted;

	if (n->engine->is_memcached &&
	    (cache_parameters_of(store_begin(cv->env->store, cv->arena), cv->arena,
		 cv->scope, group, &wanted, err) < 0 ||
		converge_write(cv, write_set, wanted, err) < 0))
		return -1;
	if (workload_stop(cv, STOP_S, err) < 0)
		return -1;
	cv->again_ms = DEFER_MS;
	return converge_write(cv, write_rebooted, NULL, err);
}

/* The primary that has died leaves its place to another, where the group wants that. */
static int
hand_over(struct call *c, void *arg)
{
	const json_t *node = arg;
	json_t *group;
	int rc = store_edit(c->txn, c->scope, elasticache_group.kind,
	    json_str_or(node, "_group", ""), &group, &c->err);

	if (rc <= 0)
		return rc;
	if (strcmp(json_str_or(group, "_primary", ""),
		json_str_or(node, "CacheClusterId", "")) != 0 ||
	    strcmp(json_str_or(group, "AutomaticFailover", ""), "enabled") != 0)
		return 0;
	if (cache_group_fail_over(c, group) < 0) {
		c->err.kind = NULL; /* it is alone */
		return 0;
	}
	resource_put(c, &elasticache_group, group);
	return 0;
}

static int
check_primary(struct node *n, struct err *err)
{
	struct converge *cv = n->cv;
	json_t *container;
	int rc;

	if (n->group == NULL ||
	    strcmp(json_str_or(cv->doc, "_status", ""), "available") != 0)
		return 0;
	rc = engine_container_inspect(cv->env->engine, cv->arena,
	    converge_name(cv, cv->id), &container, err);
	if (rc < 0)
		return -1;
	if (rc > 0 && json_bool(json_get(container, "State"), "Running", 0))
		return 0;
	return converge_transaction(cv, hand_over,
	    json_own(cv->arena, json_copy_deep(cv->doc)), err);
}

static int
serve(struct node *n, struct err *err)
{
	struct converge *cv = n->cv;
	struct done done = { cv->id,
		arena_strdup(cv->arena, json_str_or(cv->doc, "_status", "")) };
	json_t *container;
	const char *said;
	int rc;

	if (cv->env->engine == NULL)
		return converge_transaction(cv, write_available, &done, err);
	if (check_primary(n, err) < 0)
		return -1;
	rc = run(n, &container, err);
	if (rc <= 0)
		return rc;
	rc = run_in(n, n->engine->is_memcached ? memcached_probe : redis_probe,
	    "SIMFRA_X", "", &said, err);
	if (rc == 0)
		cv->again_ms = ASK_AGAIN_MS;
	if (rc <= 0)
		return rc;
	if (json_int(cv->doc, "_reboots", 0) != json_int(cv->doc, "_rebooted", 0))
		return restart(n, err);
	if (tell_parameters(n, err) < 0)
		return -1;
	rc = tell_role(n, err);
	if (rc == 0)
		cv->again_ms = ROLE_AGAIN_MS;
	return rc <= 0 ? rc : converge_transaction(cv, write_available, &done, err);
}

/* Deleted */

/* With the last node its cluster goes, and with the last cluster its group. */
static int
write_gone(struct call *c, void *arg)
{
	json_t *node, *nodes, *group, *clusters;
	const char *cluster, *name;
	int rc = store_edit(c->txn, c->scope, elasticache_node.kind, arg, &node, &c->err);

	if (rc <= 0)
		return rc;
	cluster = arena_strdup(c->arena, json_str_or(node, "CacheClusterId", ""));
	name = json_str(node, "_group");
	nodes = cache_nodes_of(c, cluster);
	if (nodes == NULL ||
	    ec2_interface_drop(c, json_str_or(node, "_interface", "")) < 0)
		return -1;
	if (name != NULL)
		name = arena_strdup(c->arena, name);
	resource_delete_doc(c, &elasticache_node, arg);
	if (json_array_size(nodes) > 1)
		return 0;
	cache_event(c, "cache-cluster", cluster, "Cache cluster deleted");
	rc = store_edit(c->txn, c->scope, elasticache_cluster.kind, cluster, &group,
	    &c->err);
	if (rc < 0)
		return -1;
	if (rc > 0)
		resource_delete_doc(c, &elasticache_cluster, cluster);
	if (name == NULL)
		return 0;
	rc = store_edit(c->txn, c->scope, elasticache_group.kind, name, &group, &c->err);
	if (rc <= 0)
		return rc;
	clusters = json_get(group, "MemberClusters");
	for (size_t i = json_array_size(clusters); i-- > 0;) {
		if (strcmp(json_string_value(json_array_get(clusters, i)), cluster) == 0)
			json_array_remove(clusters, i);
	}
	if (json_array_size(clusters) > 0) {
		resource_put(c, &elasticache_group, group);
		return cache_group_rename(c, group);
	}
	cache_event(c, "replication-group", name, "Replication group deleted");
	resource_delete_doc(c, &elasticache_group, name);
	return 0;
}

static int
end(struct converge *cv, struct err *err)
{
	if (cv->env->engine != NULL &&
	    (workload_remove(cv, err) < 0 || data_remove(cv, err) < 0))
		return -1;
	return converge_transaction(cv, write_gone, arena_strdup(cv->arena, cv->id), err);
}

int
cache_node_converge(struct converge *cv, struct err *err)
{
	struct node n = { .cv = cv };

	if (cv->doc == NULL)
		return cv->env->engine == NULL ||
			(workload_remove(cv, err) == 0 && data_remove(cv, err) == 0) ?
		    0 :
		    -1;
	if (strcmp(json_str_or(cv->doc, "_want", ""), "deleted") == 0)
		return end(cv, err);
	return read_docs(&n, err) < 0 ? -1 : serve(&n, err);
}
