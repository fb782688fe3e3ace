#include "agents/edge/edge.h"

#include <stdlib.h>

#include "base/log.h"

static const struct err_kind bad_config = { "BadEdgeConfig", 400 };

static void
changed(void *arg)
{
	const struct edge *e = arg;

	/* Of what apply() does, the library hears by itself. */
	if (e->is_ready)
		agent_status_changed(e->room.loop);
}

static int
start(void *self, uv_loop_t *loop, struct err *err UNUSED)
{
	struct edge *e = self;

	e->room.loop = loop;
	e->room.bytes = e->bytes;
	e->room.changed = changed;
	e->room.arg = e;
	if (e->room.udp_idle_ms == 0)
		e->room.udp_idle_ms = FORWARD_UDP_IDLE_MS;
	return 0;
}

static void *
need(size_t n, size_t size)
{
	void *p = calloc(n + 1, size);

	if (p == NULL)
		fatal("out of memory");
	return p;
}

/* No two listen on the same port. */
static int
check_apart(const struct target *targets, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < i; j++) {
			if (target_is_at(&targets[i], &targets[j]))
				return err_set(err, &bad_config,
				    "forwards %s and %s have the same port",
				    targets[j].id, targets[i].id);
		}
	}
	return 0;
}

static int
read_targets(const json_t *config, struct target *targets, size_t n, struct err *err)
{
	const json_t *list = json_get(config, "forwards"), *row;
	const char *listen = json_str_or(config, "listen", "");
	size_t i;

	json_array_foreach(list, i, row) {
		if (target_read(row, listen, &targets[i], err) < 0)
			return -1;
	}
	return check_apart(targets, n, err);
}

/* The forward that listens there, taken out of the list; NULL: there is none. */
static struct forward *
take_at(struct edge *e, const struct target *t)
{
	struct forward *f;

	for (size_t i = 0; i < e->n; i++) {
		if (e->forwards[i] == NULL ||
		    !target_is_at(forward_target(e->forwards[i]), t))
			continue;
		f = e->forwards[i];
		e->forwards[i] = NULL;
		forward_lead(f, t);
		return f;
	}
	return NULL;
}

/* Those that are gone leave their ports before new ones listen. */
static void
use_targets(struct edge *e, const struct target *targets, size_t n)
{
	struct forward **list = need(n, sizeof(struct forward *));

	for (size_t i = 0; i < n; i++)
		list[i] = take_at(e, &targets[i]);
	for (size_t i = 0; i < e->n; i++) {
		if (e->forwards[i] != NULL)
			forward_close(e->forwards[i]);
	}
	for (size_t i = 0; i < n; i++) {
		if (list[i] == NULL)
			list[i] = forward_open(&e->room, &targets[i]);
	}
	free(e->forwards);
	e->forwards = list;
	e->n = n;
}

static int
apply(void *self, const json_t *config, struct err *err)
{
	struct edge *e = self;
	size_t n = json_array_size(json_get(config, "forwards"));
	struct target *targets;
	int rc;

	if (!json_is_array(json_get(config, "forwards")) || n > EDGE_FORWARDS_MAX)
		return err_set(err, &bad_config,
		    "forwards is not an array of at most %d rows", EDGE_FORWARDS_MAX);
	targets = need(n, sizeof(*targets));
	rc = read_targets(config, targets, n, err);
	if (rc == 0) {
		use_targets(e, targets, n);
		e->is_ready = 1;
	}
	free(targets);
	return rc;
}

static void
status(void *self, json_t *report)
{
	const struct edge *e = self;
	json_t *all = json_need_object(report, "forwards");

	json_set_bool(report, "ready", e->is_ready);
	for (size_t i = 0; i < e->n; i++) {
		const struct forward *f = e->forwards[i];
		json_t *row = json_need_object(all, forward_target(f)->id);

		json_set_str(row, "state",
		    forward_error(f) == NULL ? "listening" : "failed");
		json_set_str(row, "error", forward_error(f));
	}
}

static void
stop(void *self)
{
	struct edge *e = self;

	for (size_t i = 0; i < e->n; i++)
		forward_end(e->forwards[i]);
	free(e->forwards);
	e->forwards = NULL;
	e->n = 0;
}

const struct agent edge_agent = {
	.name = "edge",
	.flags = AGENT_UNPRIVILEGED,
	.start = start,
	.apply = apply,
	.status = status,
	.stop = stop,
};
