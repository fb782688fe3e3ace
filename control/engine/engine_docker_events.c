/*
 * The event stream.  Docker's label filter drops every network event, as
 * those carry no labels; so we take all events of containers and networks, match
 * containers by their attributes, and keep the ids of the networks that have
 * the label.
 */
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/enc.h"
#include "control/engine/engine_docker.h"

enum { POLL_MS = 500 };

struct stream {
	struct docker *docker;
	const char *label, *key, *value; /* value NULL: any */
	engine_event_fn *fn;
	void *arg;
	CURL *curl;
	struct buf incoming; /* what curl has read and was not looked at yet */
	struct buf failure;
	json_t *networks; /* ids of those with the label */
	int connected;
};

static int
has_label(const struct stream *s, const json_t *labels)
{
	const char *value = json_str(labels, s->key);

	return value != NULL && (s->value == NULL || strcmp(value, s->value) == 0);
}

/* Keep what networks there are. */
static int
learn_networks(struct stream *s, struct err *err)
{
	struct arena *a = arena_new();
	json_t *list, *n;
	size_t i;
	int r = docker_network_list(&s->docker->engine, a, s->label, &list, err);

	if (r == 0)
		json_array_foreach(list, i, n)
			json_set_bool(s->networks, json_str(n, "Id"), 1);
	arena_free(a);
	return r;
}

/* Is it ours?  A new network is looked at; one that went is forgotten. */
static int
is_our_network(struct stream *s, const char *id, const char *action)
{
	struct arena *a;
	json_t *doc;
	struct err err;
	int ours;

	if (strcmp(action, "create") == 0) {
		a = arena_new();
		if (docker_network_inspect(&s->docker->engine, a, id, &doc, &err) == 1 &&
		    has_label(s, json_get(doc, "Labels")))
			json_set_bool(s->networks, id, 1);
		arena_free(a);
	}
	ours = json_get(s->networks, id) != NULL;
	if (strcmp(action, "destroy") == 0)
		json_del(s->networks, id);
	return ours;
}

static int
on_event(void *arg, const char *line, size_t n)
{
	struct stream *s = arg;
	struct engine_event event;
	json_t *doc, *actor;
	struct err err;

	if (json_read(line, n, &doc, &err) < 0)
		return 0; /* not ours to understand */
	actor = json_get(doc, "Actor");
	event.type = json_str_or(doc, "Type", "");
	event.action = json_str_or(doc, "Action", "");
	event.id = json_str_or(actor, "ID", "");
	event.attributes = json_get(actor, "Attributes");
	event.time_ns = json_int(doc, "timeNano", 0);
	if (strcmp(event.type, "network") == 0 ?
		is_our_network(s, event.id, event.action) :
		has_label(s, event.attributes))
		s->fn(s->arg, &event);
	json_decref(doc);
	return 0;
}

static size_t
on_bytes(char *p, size_t size, size_t n, void *arg)
{
	struct stream *s = arg;
	long status = 0;

	curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &status);
	buf_add(status == 200 ? &s->incoming : &s->failure, p, size * n);
	return buf_is_full(&s->incoming) ? 0 : size * n;
}

/* Headers are there before the first event: from then on none is missed. */
static size_t
on_header(char *p, size_t size, size_t n, void *arg)
{
	struct stream *s = arg;

	long status = 0;

	curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &status);
	if (size * n == 2 && p[0] == '\r' && status == 200)
		s->connected = 1;
	return size * n;
}

static void
say_connected(struct stream *s)
{
	struct engine_event event = { .type = "daemon", .action = "connected", .id = "" };
	json_t *nothing = json_new_object();

	event.attributes = nothing;
	event.time_ns = clock_system.now_ms(&clock_system) * 1000000;
	s->fn(s->arg, &event);
	json_decref(nothing);
}

/* How the request ended, once it has: 1, and *err. */
static int
has_ended(struct stream *s, CURLM *multi, struct err *err)
{
	CURLMsg *msg;
	long status = 0;
	int left;

	while ((msg = curl_multi_info_read(multi, &left)) != NULL) {
		if (msg->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &status);
		if (status != 0 && status != 200)
			docker_failure((int)status, buf_text(&s->failure), s->failure.len,
			    err);
		else
			err_set_fn(err, &engine_unreachable,
			    "the event stream of %s ended: %s", s->docker->socket,
			    curl_easy_strerror(msg->data.result));
		return 1;
	}
	return 0;
}

static int
run(struct stream *s, CURLM *multi, int (*is_over)(void *arg), struct err *err)
{
	struct docker_lines lines;
	int running, told = 0, ended = 0;

	docker_lines_init(&lines, on_event, s);
	while (!ended && !is_over(s->arg)) {
		curl_multi_perform(multi, &running);
		ended = has_ended(s, multi, err);
		if (s->connected && !told) {
			told = 1;
			say_connected(s);
		}
		/* Outside of curl's callbacks, so that fn may call the engine. */
		if (docker_lines_add(&lines, buf_text(&s->incoming), s->incoming.len) <
			0 &&
		    !ended) {
			err_set_fn(err, &engine_failed, "an event is too large");
			ended = 1;
		}
		buf_reset(&s->incoming);
		if (!ended)
			curl_multi_poll(multi, NULL, 0, POLL_MS, NULL);
	}
	docker_lines_done(&lines);
	return ended ? -1 : 0;
}

/* From now on by the clock: Docker subscribes us after it has sent the headers. */
static const char *
events_path(struct arena *a)
{
	static const char filter[] = "{\"type\":[\"container\",\"network\"]}";
	int64_t now = clock_system.now_ms(&clock_system);
	const char *since = arena_printf(a, "%lld.%03d000000", (long long)(now / 1000),
	    (int)(now % 1000));

	return docker_path(a, arena_printf(a, "/events?since=%s&filters=", since), filter,
	    "");
}

int
docker_events(struct engine *e, const char *label, engine_event_fn *fn, void *arg,
    int (*is_over)(void *arg), struct err *err)
{
	struct stream s = { .docker = docker_of(e),
		.label = label,
		.fn = fn,
		.arg = arg };
	struct arena *a = arena_new();
	const char *url = docker_url(s.docker, a, events_path(a), err);
	CURLM *multi = NULL;
	const char *eq = strchr(label, '=');
	int result = -1;

	s.key = eq != NULL ? arena_strndup(a, label, (size_t)(eq - label)) : label;
	s.value = eq != NULL ? eq + 1 : NULL;
	buf_init(&s.incoming, 64 << 20);
	buf_init(&s.failure, 64 << 10);
	s.networks = json_new_object();
	if (url != NULL && learn_networks(&s, err) == 0 &&
	    (multi = curl_multi_init()) != NULL) {
		s.curl = docker_handle(s.docker);
		curl_easy_setopt(s.curl, CURLOPT_URL, url);
		curl_easy_setopt(s.curl, CURLOPT_WRITEFUNCTION, on_bytes);
		curl_easy_setopt(s.curl, CURLOPT_WRITEDATA, &s);
		curl_easy_setopt(s.curl, CURLOPT_HEADERFUNCTION, on_header);
		curl_easy_setopt(s.curl, CURLOPT_HEADERDATA, &s);
		curl_multi_add_handle(multi, s.curl);
		result = run(&s, multi, is_over, err);
		curl_multi_remove_handle(multi, s.curl);
		curl_easy_cleanup(s.curl);
		curl_multi_cleanup(multi);
	}
	buf_done(&s.incoming);
	buf_done(&s.failure);
	json_decref(s.networks);
	arena_free(a);
	return result;
}
