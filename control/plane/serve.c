#include "control/plane/serve.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "control/engine/images.h"
#include "control/iam/ca.h"
#include "control/iam/signing_keys.h"
#include "control/plane/cleanup.h"
#include "control/plane/hooks.h"
#include "control/plane/httpd.h"
#include "control/plane/init_program.h"
#include "control/plane/memory.h"
#include "control/plane/own_container.h"
#include "control/plane/plane.h"
#include "control/plane/sweep.h"
#include "control/plane/tls_front.h"
#include "control/services/ec2/network/host.h"
#include "control/services/services.h"
#include "control/store/schema.h"
#include "control/wire/fragments.h"

#ifndef SIMFRA_VERSION
#define SIMFRA_VERSION "dev"
#endif

enum { BRIDGE_WORKERS = 256, TRIM_EVERY_S = 10 };

/* Where clients come in. */
struct doors {
	struct httpd *local, *bridge;
	struct tls_front *tls; /* NULL: none */
	int bridge_tls;	       /* its listener on the bridge; -1: none */
};

/* Signals come to this thread alone, by sigtimedwait(). */
static void
block_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* IPv4 only: Debian builds civetweb without IPv6, and clients that try ::1 first fall back. */
static const char *
first_address(struct arena *a, const struct settings *s)
{
	const char *address = s->listen != NULL ? s->listen : "127.0.0.1";

	if (s->localstack_port != 0 && s->localstack_port != s->port)
		return arena_printf(a, "%s:%d,%s:%d", address, s->port, address,
		    s->localstack_port);
	return arena_printf(a, "%s:%d", address, s->port);
}

/* What instances are made with; without it they wait, and say so. */
static void
load_machine_parts(struct env *env, struct arena *a)
{
	struct image_settings *images = arena_alloc(a, sizeof(*images));
	struct err err;

	image_settings_read(images, SIMFRA_VERSION, getenv);
	env->images = images;
	env->init = init_program_read(a, &env->init_len, &err);
	if (env->init == NULL)
		log_warn("serve", "%s", err.msg);
	env->own_container = own_container_find(env->engine, a);
	/* In a container there is another 127.0.0.1, and Docker has what it publishes. */
	if (env->own_container == NULL &&
	    strcmp(env->settings->edge_network, "docker") != 0)
		env->port_is_free = host_port_is_free;
}

static int
open_env(struct env *env, struct arena *a, const struct settings *s, struct err *err)
{
	const struct store_redis_options options = {
		.url = s->redis_url,
		.data_dir = s->data_dir,
	};

	env->settings = s;
	env->clock = &clock_system;
	env->services = services;
	env->n_services = n_services;
	env->store = store_open_redis(&options, err);
	if (env->store == NULL)
		return err_wrap(err, "store");
	if (schema_open(env->store, err) < 0) {
		store_close(env->store);
		return -1;
	}
	env->blobs = blobs_open(s->data_dir, err);
	if (env->blobs != NULL)
		env->ca = ca_open(env->store, env->clock->now_ms(env->clock), err);
	if (env->ca == NULL) {
		blobs_close(env->blobs);
		store_close(env->store);
		return -1;
	}
	env->fragments = fragments_new();
	env->auth.store = env->store;
	env->auth.keys = signing_keys_new();
	env->auth.clock = env->clock;
	env->auth.strict = strcmp(s->auth, "strict") == 0;
	env->auth.audit = strcmp(s->iam, "audit") == 0;
	env->auth.default_account = s->default_account;
	env->auth.root_access_key = s->root_access_key;
	env->auth.root_secret_key = s->root_secret_key;
	if (s->docker)
		env->engine = engine_open_docker(s->docker_socket);
	if (env->engine != NULL)
		load_machine_parts(env, a);
	return 0;
}

static void
greet_engine(const struct plane *p, struct arena *a)
{
	struct err err;
	json_t *version;

	if (p->env.engine == NULL)
		log_info("serve", "API-only: SIMFRA_DOCKER is not true, so nothing runs");
	else if (engine_version(p->env.engine, a, &version, &err) < 0)
		log_warn("serve", "Docker does not answer (%s); instances wait for it",
		    err.msg);
	else
		log_info("serve", "Docker %s", json_str_or(version, "Version", "?"));
}

/*
 * Our bridges come up with their first use, and an address can be listened on only when it
 * is there; so this is tried until it works.
 */
static struct httpd *
listen_on_bridge(struct plane *p, struct arena *a)
{
	const struct settings *s = p->env.settings;
	const char *address = host_gateway(s, a);
	struct err err;

	if (p->env.engine == NULL || s->listen != NULL || address == NULL)
		return NULL;
	return httpd_start(p, arena_printf(a, "%s:%d", address, host_port(&p->env)),
	    BRIDGE_WORKERS, &err);
}

/* Agents find control at one address, so of several replicas the one that leads is there. */
static void
mind_bridge(struct plane *p, struct doors *d)
{
	const char *address;
	struct arena *a = arena_new();
	int leads = reconciler_leads(p->reconciler);
	struct err err;

	if (leads && d->bridge == NULL)
		d->bridge = listen_on_bridge(p, a);
	if (!leads && d->bridge != NULL) {
		httpd_stop(d->bridge);
		d->bridge = NULL;
	}
	address = host_gateway(p->env.settings, a);
	if (d->bridge != NULL && d->tls != NULL && d->bridge_tls < 0 && address != NULL)
		d->bridge_tls =
		    tls_front_listen(d->tls, address, host_tls_port(&p->env), &err);
	if (d->bridge == NULL && d->bridge_tls >= 0) {
		tls_front_unlisten(d->tls, d->bridge_tls);
		d->bridge_tls = -1;
	}
	arena_free(a);
}

static int
is_on_bridge(const struct doors *d)
{
	return d->bridge != NULL && (d->tls == NULL || d->bridge_tls >= 0);
}

/* Until a signal comes; the listeners on the bridge come and go meanwhile. */
static void
wait_for_end(struct plane *p, const sigset_t *set, struct doors *d)
{
	const struct timespec soon = { 0, 100 * 1000 * 1000 }, late = { TRIM_EVERY_S, 0 };
	int64_t trim_at_ms = 0;
	int needs_bridge = p->env.engine != NULL && p->env.settings->listen == NULL;
	int is_shared = p->env.settings->redis_url != NULL, sig;

	do {
		if (needs_bridge)
			mind_bridge(p, d);
		if (clock_monotonic_ms() >= trim_at_ms) {
			memory_trim_heap();
			trim_at_ms = clock_monotonic_ms() + TRIM_EVERY_S * 1000;
		}
		sig = sigtimedwait(set, NULL,
		    needs_bridge && (is_shared || !is_on_bridge(d)) ? &soon : &late);
	} while (sig != SIGTERM && sig != SIGINT);
}

/* Another control plane may have the usual port; one that was chosen must be had. */
static int
open_tls(struct plane *p, struct arena *a, struct doors *d, struct err *err)
{
	const struct settings *s = p->env.settings;
	const char *listen = s->listen != NULL ? s->listen : "127.0.0.1", *names = listen;
	const char *gateway = host_gateway(s, a);

	if (s->tls_port == 0)
		return 0;
	if (strcmp(listen, "0.0.0.0") == 0)
		names = "127.0.0.1";
	if (gateway != NULL)
		names = arena_printf(a, "%s,%s", names, gateway);
	d->tls = tls_front_start(p, names, err);
	if (d->tls == NULL)
		return -1;
	if (tls_front_listen(d->tls, listen, s->tls_port, err) >= 0)
		return 0;
	if (s->tls_port != SETTINGS_TLS_PORT)
		return -1;
	log_warn("serve", "no TLS on this host: %s; SIMFRA_TLS_PORT chooses another port",
	    err->msg);
	return 0;
}

static void
close_doors(struct doors *d)
{
	tls_front_stop(d->tls);
	httpd_stop(d->bridge);
	httpd_stop(d->local);
}

static int
open_doors(struct plane *p, struct arena *a, struct doors *d, struct err *err)
{
	const struct settings *s = p->env.settings;

	d->local = httpd_start(p, first_address(a, s), s->workers, err);
	if (d->local == NULL || open_tls(p, a, d, err) < 0) {
		close_doors(d);
		return -1;
	}
	return 0;
}

static void
close_env(struct env *env)
{
	fragments_free(env->fragments);
	signing_keys_free(env->auth.keys);
	ca_free(env->ca);
	blobs_close(env->blobs);
	store_close(env->store);
	if (env->engine != NULL)
		engine_close(env->engine);
}

static int
failed(const struct err *err)
{
	log_err("serve", "%s", err->msg);
	return 1;
}

int
serve(struct arena *a, const struct settings *s)
{
	struct plane p = { .started_ms = clock_monotonic_ms() };
	struct doors doors = { .bridge_tls = -1 };
	struct err err = { .msg = "" };
	size_t n_others;
	sigset_t set;

	block_signals(&set);
	if (open_env(&p.env, a, s, &err) < 0)
		return failed(&err);
	p.changes = changes_new(p.env.store);
	p.hooks = hooks_new(s);
	hooks_run(p.hooks, HOOK_BOOT);
	p.sweep = sweep_start(&p.env);
	if (open_doors(&p, a, &doors, &err) < 0) {
		sweep_stop(p.sweep);
		hooks_free(p.hooks);
		close_env(&p.env);
		return failed(&err);
	}
	if (p.env.engine != NULL && host_announce(&p.env, &err) < 0)
		log_warn("serve", "%s", err.msg);
	if (p.env.engine != NULL && s->cleanup_on_start)
		cleanup_stale(&p.env);
	p.reconciler = reconciler_start(&p.env);
	log_info("serve", "ready on port %d after %lld ms, store %s", s->port,
	    (long long)(clock_monotonic_ms() - p.started_ms), store_name(p.env.store));
	greet_engine(&p, a);
	if (!s->vpc_isolation)
		log_warn("serve",
		    "SIMFRA_VPC_ISOLATION is false: one shared network, no rule refuses "
		    "anything, every open port is published");

	hooks_go(p.hooks);
	wait_for_end(&p, &set, &doors);
	log_info("serve", "stopping");
	hooks_end(p.hooks);
	hooks_run(p.hooks, HOOK_SHUTDOWN);
	changes_close(p.changes);
	close_doors(&doors);
	sweep_stop(p.sweep);
	n_others = reconciler_stop(p.reconciler);
	if (n_others > 0)
		log_info("serve", "everything stays: %zu replicas go on", n_others);
	else if (p.env.engine != NULL && s->cleanup_on_shutdown)
		cleanup_all(&p.env);
	hooks_free(p.hooks);
	close_env(&p.env);
	log_info("serve", "stopped");
	return 0;
}
