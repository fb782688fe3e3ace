#include "agents/lb/lb.h"

#include <stdio.h>
#include <string.h>

#include "agents/lb/conf.h"
#include "agents/lb/health.h"
#include "agents/lb/proxy.h"
#include "base/buf.h"
#include "base/log.h"

enum { LOOK_MS = 500 };

/* Servers */

typedef void server_fn(void *arg, const char *backend, const json_t *target);

static void
each_server(const json_t *config, server_fn *fn, void *arg)
{
	const char *backend;
	const json_t *target;
	json_t *group;
	size_t i;

	json_object_foreach(json_get(config, "groups"), backend, group) {
		json_array_foreach(json_get(group, "targets"), i, target)
			fn(arg, backend, target);
	}
}

static const char *
server_key(struct arena *a, const char *backend, const json_t *target)
{
	return arena_printf(a, "%s %s", backend, json_str_or(target, "name", ""));
}

/* It was checked since it was registered. */
static int
is_known(const struct lb *lb, const char *key, const json_t *target)
{
	return json_int(lb->known, key, -1) == json_int(target, "since", 0);
}

/* Give it to HAProxy */

struct listing {
	struct lb *lb;
	struct arena *arena;
	struct buf *out;
};

static void
list_fresh(void *arg, const char *backend, const json_t *target)
{
	struct listing *l = arg;
	const char *key = server_key(l->arena, backend, target);

	if (!is_known(l->lb, key, target))
		buf_printf(l->out, "%s %s %lld\n", key,
		    json_str_or(target, "address", ""),
		    (long long)json_int(target, "port", 0));
}

static const char *
fresh(void *arg, struct arena *a)
{
	struct lb *lb = arg;
	struct listing l = { lb, a, buf_new(a, 0) };

	each_server(lb->using, list_fresh, &l);
	return buf_text(l.out);
}

static void use(struct lb *lb);

static void
done(void *arg, const char *problem)
{
	struct lb *lb = arg;

	if (problem != NULL) {
		snprintf(lb->problem, sizeof(lb->problem), "%.390s", problem);
		log_err("lb", "haproxy refuses its configuration: %s", problem);
	} else {
		lb->problem[0] = '\0';
		lb->is_ready = 1;
	}
	agent_status_changed(lb->loop);
	use(lb);
}

static void
use(struct lb *lb)
{
	struct arena *a;
	struct err err;
	const char *text;

	if (lb->config == NULL || proxy_is_busy(lb->proxy) || lb->config == lb->using)
		return;
	a = arena_new();
	json_freep(&lb->using);
	lb->using = json_incref(lb->config);
	if (conf_make(a, lb->config, lb->dir, &text, &err) == 0)
		proxy_use(lb->proxy, text);
	else
		snprintf(lb->problem, sizeof(lb->problem), "%.390s", err.msg);
	arena_free(a);
}

/* How the targets are */

struct looking {
	struct lb *lb;
	struct arena *arena;
	const struct health_row *rows;
	size_t n;
	json_t *targets;
};

static const struct health_row *
row_of(const struct looking *l, const char *backend, const char *server)
{
	for (size_t i = 0; i < l->n; i++) {
		if (strcmp(l->rows[i].backend, backend) == 0 &&
		    strcmp(l->rows[i].server, server) == 0)
			return &l->rows[i];
	}
	return NULL;
}

/* Checked for the first time: from now on it gets requests if it is healthy. */
static void
let_in(struct looking *l, const char *backend, const json_t *target, const char *key)
{
	json_set_int(l->lb->known, key, json_int(target, "since", 0));
	(void)proxy_ask(l->lb->proxy, l->arena,
	    arena_printf(l->arena, "set server %s/%s state ready", backend,
		json_str_or(target, "name", "")));
}

static void
look_at(void *arg, const char *backend, const json_t *target)
{
	struct looking *l = arg;
	const char *name = json_str_or(target, "name", ""),
		   *key = server_key(l->arena, backend, target);
	const struct health_row *row = row_of(l, backend, name);
	json_t *out = json_own(l->arena, json_new_object()), *old;

	if (row == NULL)
		return;
	if (health_is_decided(row) && !is_known(l->lb, key, target))
		let_in(l, backend, target, key);
	health_say(row, is_known(l->lb, key, target), out);
	json_set_int(out, "since", json_int(target, "since", 0));
	/* A target with several addresses is healthy when one of them is. */
	old = json_get(l->targets, json_str_or(target, "key", ""));
	if (old != NULL && strcmp(json_str_or(old, "State", ""), "healthy") == 0)
		return;
	json_set(l->targets, json_str_or(target, "key", ""), json_incref(out));
}

static void
on_look(uv_timer_t *timer)
{
	struct lb *lb = timer->data;
	struct arena *a;
	struct looking l = { .lb = lb };
	struct health_row *rows;
	const char *csv;

	if (!lb->is_ready || proxy_is_busy(lb->proxy))
		return;
	a = arena_new();
	csv = proxy_ask(lb->proxy, a, "show stat -1 4 -1");
	if (csv != NULL) {
		l.arena = a;
		l.n = health_read(a, csv, &rows);
		l.rows = rows;
		l.targets = json_new_object();
		each_server(lb->using, look_at, &l);
		if (!json_equal(l.targets, lb->targets))
			agent_status_changed(lb->loop);
		json_freep(&lb->targets);
		lb->targets = l.targets;
	}
	arena_free(a);
}

/* The agent */

static void
ended(void *arg)
{
	struct lb *lb = arg;

	/* What it knew of its servers is gone with it. */
	json_freep(&lb->known);
	lb->known = json_new_object();
}

static int
start_agent(void *self, uv_loop_t *loop, struct err *err)
{
	struct lb *lb = self;
	const struct proxy_options options = {
		.program = lb->program != NULL ? lb->program : "/usr/sbin/haproxy",
		.dir = lb->dir != NULL ? lb->dir : "/run/lb",
		.arg = lb,
		.done = done,
		.fresh = fresh,
		.ended = ended,
	};

	lb->loop = loop;
	lb->dir = options.dir;
	lb->known = json_new_object();
	lb->targets = json_new_object();
	lb->proxy = proxy_open(loop, &options, err);
	if (lb->proxy == NULL)
		return -1;
	uv_timer_init(loop, &lb->timer);
	lb->timer.data = lb;
	uv_timer_start(&lb->timer, on_look, LOOK_MS, LOOK_MS);
	return 0;
}

static int
apply(void *self, const json_t *config, struct err *err)
{
	struct lb *lb = self;
	struct arena *a = arena_new();
	const char *text;
	int rc = conf_make(a, config, lb->dir, &text, err);

	arena_free(a);
	if (rc < 0)
		return -1;
	json_freep(&lb->config);
	lb->config = json_copy_deep(config);
	use(lb);
	return 0;
}

static void
status(void *self, json_t *report)
{
	const struct lb *lb = self;

	json_set_bool(report, "ready", lb->is_ready && proxy_runs(lb->proxy));
	if (lb->problem[0] != '\0')
		json_set_str(report, "problem", lb->problem);
	json_set(report, "targets", json_copy_deep(lb->targets));
}

static void
stop(void *self)
{
	struct lb *lb = self;

	uv_close((uv_handle_t *)&lb->timer, NULL);
	proxy_close(lb->proxy);
	json_freep(&lb->config);
	json_freep(&lb->using);
	json_freep(&lb->known);
	json_freep(&lb->targets);
}

const struct agent lb_agent = {
	.name = "lb",
	.start = start_agent,
	.apply = apply,
	.status = status,
	.stop = stop,
};
