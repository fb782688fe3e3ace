/*
 * netd: the network of one Docker host.
 *
 * It follows Docker's events and its configuration (docs/AGENTS.md, "netd"),
 * and keeps the namespaces of the containers as they should be.  It needs the
 * host's pid namespace, Docker's socket and its volumes, and SYS_ADMIN (setns), NET_ADMIN,
 * SYS_CHROOT (mount namespaces) and SYS_PTRACE (/proc/PID/ns/net of others), and nothing else.  Events are not filtered by label, since guests have none; a
 * container that is no guest is touched only if it has the label.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/netd/dock.h"
#include "agents/netd/flowing.h"
#include "agents/netd/mounts.h"
#include "agents/netd/world.h"
#include "base/enc.h"
#include "base/log.h"
#include "netdns/prove.h"
#include "sidecar/agent.h"

enum { WISHES_MS = 5, AUDIT_MS = 30000, RETRY_MIN_MS = 250, RETRY_MAX_MS = 10000 };

struct watch;

struct netd {
	uv_loop_t *loop;
	struct ns_worker *worker;
	struct dock *dock;
	struct world world;
	struct flowing flowing;
	uv_timer_t audit, retry, wishes, minute;
	struct watch *watches;
	uint64_t retry_ms;
	char enforcement[256];
};

static void settle(struct netd *n);

static void
on_retry(uv_timer_t *timer)
{
	struct netd *n = timer->data;

	world_ask_lost(&n->world);
	settle(n);
}

static void
settle(struct netd *n)
{
	if (world_settle(&n->world) == 0) {
		n->retry_ms = 0;
		uv_timer_stop(&n->retry);
		return;
	}
	if (uv_is_active((uv_handle_t *)&n->retry))
		return;
	n->retry_ms = n->retry_ms < RETRY_MIN_MS ? RETRY_MIN_MS : n->retry_ms * 2;
	if (n->retry_ms > RETRY_MAX_MS)
		n->retry_ms = RETRY_MAX_MS;
	uv_timer_start(&n->retry, on_retry, n->retry_ms, 0);
}

static int
has_label(const json_t *doc, const char *label)
{
	const char *eq = strchr(label, '='), *value;
	const json_t *labels = json_path(doc, "Config.Labels");
	char key[256];

	if (eq == NULL)
		return json_get(labels, label) != NULL;
	if ((size_t)(eq - label) >= sizeof(key))
		return 0;
	memcpy(key, label, (size_t)(eq - label));
	key[eq - label] = '\0';
	value = json_str(labels, key);
	return value != NULL && strcmp(value, eq + 1) == 0;
}

static void ask(void *arg, struct box *box);

/* No answer from the daemon says nothing of the container; 404 does. */
static void
on_inspected(void *arg, const char *key, int status, const json_t *doc)
{
	struct netd *n = arg;
	struct box *box = world_box(&n->world, key, NULL);
	int64_t pid;

	if (box == NULL)
		return;
	box->is_asking = 0;
	if (box->ask_again) {
		ask(n, box);
		return;
	}
	if (status == 404) {
		world_saw(&n->world, box, "", 0);
	} else if (status == 200) {
		pid = json_int(json_get(doc, "State"), "Pid", 0);
		if (!json_bool(json_get(doc, "State"), "Running", 0) || pid < 2 ||
		    pid > INT32_MAX)
			pid = 0;
		if (pid != 0 && !box->is_guest &&
		    !has_label(doc, n->world.config->label)) {
			log_warn("netd", "container %s lacks label %s, and is left alone",
			    box->name, n->world.config->label);
			pid = 0;
		}
		world_saw(&n->world, box, json_str_or(doc, "Id", ""), (int)pid);
	}
	settle(n);
}

static void
ask(void *arg, struct box *box)
{
	struct netd *n = arg;
	char target[300];

	box->ask_again = box->is_asking;
	if (box->is_asking)
		return;
	box->is_asking = 1;
	snprintf(target, sizeof(target), "/containers/%s/json", box->name);
	dock_get(n->dock, target, on_inspected, n, box->name);
}

static void
ask_all(struct netd *n)
{
	for (struct box *b = n->world.boxes; b != NULL; b = b->next)
		ask(n, b);
}

/* Wishes of machines that have volumes: their folder is watched as long as they run. */

struct watch {
	uv_fs_event_t handle; /* first */
	struct watch *next;
	struct netd *netd;
	char *name; /* of the box */
	int pid;
};

static void
on_watch_closed(uv_handle_t *handle)
{
	struct watch *w = (struct watch *)(void *)handle;

	free(w->name);
	free(w);
}

/* Those of boxes that are gone or run as another process; all: every one. */
static void
drop_watches(struct netd *n, int all)
{
	struct watch **p = &n->watches, *w;

	while ((w = *p) != NULL) {
		const struct box *box = world_box(&n->world, w->name, w->name);

		if (!all && box != NULL && box->pid == w->pid) {
			p = &w->next;
			continue;
		}
		*p = w->next;
		uv_close((uv_handle_t *)&w->handle, on_watch_closed);
	}
}

static void
on_wishes(uv_fs_event_t *handle, const char *file UNUSED, int events UNUSED,
    int status UNUSED)
{
	struct watch *w = (struct watch *)(void *)handle;
	struct box *box = world_box(&w->netd->world, w->name, w->name);

	if (box == NULL || box->pid != w->pid)
		return;
	box->is_dirty = 1;
	/* Soon: a machine that writes all day is looked at now and then. */
	if (!uv_is_active((uv_handle_t *)&w->netd->wishes))
		uv_timer_start(&w->netd->wishes, on_retry, WISHES_MS, 0);
}

static void
watch(void *arg, struct box *box)
{
	struct netd *n = arg;
	char path[WISHES_PATH];
	struct watch *w;

	for (w = n->watches; w != NULL; w = w->next) {
		if (w->pid == box->pid && strcmp(w->name, box->name) == 0)
			return;
	}
	drop_watches(n, 0);
	w = calloc(1, sizeof(*w));
	if (w == NULL || (w->name = strdup(box->name)) == NULL)
		fatal("out of memory");
	w->netd = n;
	w->pid = box->pid;
	mounts_wishes_folder(box->pid, path);
	uv_fs_event_init(n->loop, &w->handle);
	w->next = n->watches;
	n->watches = w;
	if (uv_fs_event_start(&w->handle, on_wishes, path, 0) < 0)
		log_info("netd", "%s: `mount` there works with each look only",
		    box->name);
}

static void
changed(void *arg)
{
	struct netd *n = arg;

	agent_status_changed(n->loop);
}

static void
on_container(struct netd *n, const char *action, const char *id, const json_t *event)
{
	const char *name = json_str(json_path(event, "Actor.Attributes"), "name");
	struct box *box = world_box(&n->world, id, name);

	if (box == NULL)
		return;
	if (strcmp(action, "start") == 0) {
		box->started_ns = json_int(event, "timeNano", 0);
		ask(n, box);
	} else if (strcmp(box->id, id) == 0) {
		world_saw(&n->world, box, "", 0);
		/* What is asked now was asked of the life that ended. */
		box->ask_again = box->is_asking;
		settle(n);
	}
}

/* A leg of a router came or went, or a guest. */
static void
on_network(struct netd *n, const json_t *event)
{
	const char *id =
	    json_str_or(json_path(event, "Actor.Attributes"), "container", "");
	struct box *box = world_box(&n->world, id, NULL);

	if (box == NULL || box->pid == 0)
		return;
	world_touch(&n->world, box);
	settle(n);
}

static void
on_event(void *arg, const json_t *event)
{
	const char *type = json_str_or(event, "Type", "");
	const char *action = json_str_or(event, "Action", "");
	const char *id = json_str_or(json_get(event, "Actor"), "ID", "");

	if (strcmp(type, "container") == 0)
		on_container(arg, action, id, event);
	else if (strcmp(type, "network") == 0)
		on_network(arg, event);
}

static void
on_stream_open(void *arg)
{
	struct netd *n = arg;

	log_info("netd", "following Docker's events");
	world_touch_all(&n->world);
	ask_all(n);
	settle(n);
}

static void
on_stream_closed(void *arg UNUSED)
{
	log_warn("netd", "Docker is away, the network stays as it is");
}

static void
on_audit(uv_timer_t *timer)
{
	struct netd *n = timer->data;

	world_touch_all(&n->world);
	ask_all(n);
	settle(n);
}

static void
on_minute(uv_timer_t *timer)
{
	struct netd *n = timer->data;

	if (flowing_tick(&n->flowing, &n->world))
		agent_status_changed(n->loop);
}

static void
follow(struct netd *n)
{
	static const char filters[] =
	    "{\"type\":[\"container\",\"network\"],"
	    "\"event\":[\"start\",\"die\",\"connect\",\"disconnect\"]}";
	static const struct dock_events events = {
		.open = on_stream_open,
		.event = on_event,
		.closed = on_stream_closed,
	};
	const char *host = getenv("DOCKER_HOST");
	struct buf target;

	if (host == NULL || strncmp(host, "unix://", 7) != 0)
		host = "unix:///var/run/docker.sock";
	n->dock = dock_open(n->loop, host + 7);
	buf_init(&target, 0);
	buf_str(&target, "/events?filters=");
	percent_encode(&target, filters, strlen(filters), 0);
	dock_follow(n->dock, buf_text(&target), &events, n);
	buf_done(&target);
}

static int
start(void *self, uv_loop_t *loop, struct err *err)
{
	struct netd *n = self;
	struct err why = { 0 };

	n->loop = loop;
	if (ns_worker_start(&n->worker, err) < 0)
		return -1;
	if (prove_enforcement(n->worker, &why) < 0) {
		snprintf(n->enforcement, sizeof(n->enforcement), "%.*s",
		    (int)sizeof(n->enforcement) - 1, why.msg);
		log_err("netd", "this machine does NOT enforce network rules: %s",
		    why.msg);
	} else {
		snprintf(n->enforcement, sizeof(n->enforcement), "verified");
		log_info("netd", "enforcement verified");
	}
	world_init(&n->world, n->worker);
	n->world.ask = ask;
	n->world.watch = watch;
	n->world.changed = changed;
	n->world.arg = n;
	uv_timer_init(loop, &n->audit);
	uv_timer_init(loop, &n->retry);
	uv_timer_init(loop, &n->wishes);
	uv_timer_init(loop, &n->minute);
	n->audit.data = n->retry.data = n->wishes.data = n->minute.data = n;
	uv_timer_start(&n->audit, on_audit, AUDIT_MS, AUDIT_MS);
	flowing_init(&n->flowing);
	uv_timer_start(&n->minute, on_minute, FLOWING_MS, FLOWING_MS);
	follow(n);
	return 0;
}

static int
apply(void *self, const json_t *config, struct err *err)
{
	struct netd *n = self;

	if (world_apply(&n->world, config, err) < 0)
		return -1;
	settle(n);
	agent_status_changed(n->loop);
	return 0;
}

static void
status(void *self, json_t *report)
{
	const struct netd *n = self;

	json_set_str(report, "enforcement", n->enforcement);
	if (n->flowing.said != NULL)
		json_set(report, "flows", json_incref(n->flowing.said));
	world_status(&n->world, report);
}

/* The network stays as it is: the next life takes it over. */
static void
stop(void *self)
{
	struct netd *n = self;

	drop_watches(n, 1);
	uv_close((uv_handle_t *)&n->audit, NULL);
	uv_close((uv_handle_t *)&n->retry, NULL);
	uv_close((uv_handle_t *)&n->wishes, NULL);
	uv_close((uv_handle_t *)&n->minute, NULL);
	flowing_done(&n->flowing);
	dock_close(n->dock);
	ns_worker_stop(n->worker);
	world_done(&n->world);
}

int
main(void)
{
	static const struct agent agent = {
		.name = "netd",
		.start = start,
		.apply = apply,
		.status = status,
		.stop = stop,
	};
	struct netd n = { 0 };

	return agent_run(&agent, &n);
}
