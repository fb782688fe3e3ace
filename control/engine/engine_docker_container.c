#include <arpa/inet.h>
#include <string.h>

#include "base/enc.h"
#include "control/engine/engine_docker.h"

enum {
	SLOW_S = 180, /* create and start: a daemon that is busy with others */
	MAX_LOG = 16 << 20,
	FRAME_HEADER = 8,
};

/* One request about one thing, without an answer to read. */
static int
act(struct engine *e, const char *method, const char *name, const char *after,
    int timeout_s, struct err *err)
{
	struct arena *a = arena_new();
	struct docker_request r = { .method = method, .timeout_s = timeout_s };
	int result;

	r.path = docker_path(a, "/containers/", name, after);
	result = docker_do(docker_of(e), &r, NULL, NULL, err);
	arena_free(a);
	return result;
}

int
docker_container_create(struct engine *e, const char *name, const json_t *config,
    struct err *err)
{
	struct arena *a = arena_new();
	struct docker_request r = { .method = "POST",
		.json = config,
		.timeout_s = SLOW_S };
	int result;

	r.path = docker_path(a, "/containers/create?name=", name, "");
	result = docker_do(docker_of(e), &r, NULL, NULL, err);
	arena_free(a);
	return result;
}

int
docker_container_start(struct engine *e, const char *name, struct err *err)
{
	return act(e, "POST", name, "/start", SLOW_S, err);
}

int
docker_container_stop(struct engine *e, const char *name, int timeout_s, struct err *err)
{
	struct arena *a = arena_new();
	int result;

	if (timeout_s < 0)
		timeout_s = 0;
	result = act(e, "POST", name, arena_printf(a, "/stop?t=%d", timeout_s),
	    SLOW_S + timeout_s, err);
	arena_free(a);
	return result;
}

int
docker_container_kill(struct engine *e, const char *name, const char *signal,
    struct err *err)
{
	struct arena *a = arena_new();
	int result =
	    act(e, "POST", name, docker_path(a, "/kill?signal=", signal, ""), 0, err);

	arena_free(a);
	return result;
}

int
docker_container_pause(struct engine *e, const char *name, int on, struct err *err)
{
	struct err bad = { NULL, "" };

	if (act(e, "POST", name, on ? "/pause" : "/unpause", 0, &bad) == 0)
		return 0;
	/* Docker's words for what is so already. */
	if (strstr(bad.msg, "already paused") != NULL ||
	    strstr(bad.msg, "is not paused") != NULL)
		return 0;
	*err = bad;
	return -1;
}

int
docker_container_update(struct engine *e, const char *name, const json_t *limits,
    struct err *err)
{
	struct arena *a = arena_new();
	struct docker_request r = { .method = "POST", .json = limits };
	int result;

	r.path = docker_path(a, "/containers/", name, "/update");
	result = docker_do(docker_of(e), &r, NULL, NULL, err);
	arena_free(a);
	return result;
}

int
docker_container_remove(struct engine *e, const char *name, struct err *err)
{
	struct arena *a = arena_new();
	json_t *doc;
	struct err bad;
	int result = act(e, "DELETE", name, "?force=1&v=1", SLOW_S, &bad);

	/* A removal that somebody else has begun ends in the same. */
	if (result < 0 && bad.kind == &engine_conflict &&
	    docker_container_inspect(e, a, name, &doc, err) == 0)
		result = 0;
	if (result < 0 && bad.kind == &engine_not_found)
		result = 0;
	if (result < 0)
		*err = bad;
	arena_free(a);
	return result;
}

int
docker_container_inspect(struct engine *e, struct arena *a, const char *name,
    json_t **ret, struct err *err)
{
	return docker_get(docker_of(e), a, docker_path(a, "/containers/", name, "/json"),
	    ret, err);
}

int
docker_container_list(struct engine *e, struct arena *a, const char *label, json_t **ret,
    struct err *err)
{
	const char *path = arena_printf(a, "/containers/json?all=1&filters=%s",
	    docker_label_filter(a, label));
	int r = docker_get(docker_of(e), a, path, ret, err);

	/* One that goes while Docker lists makes it say 404: then nothing is known. */
	if (r == 0)
		return err_set(err, &engine_failed,
		    "containers went while they were listed");
	return r < 0 ? -1 : 0;
}

int
docker_archive_put(struct engine *e, const char *name, const char *dir, const void *tar,
    size_t len, struct err *err)
{
	struct arena *a = arena_new();
	struct docker_request r = { .method = "PUT", .body = tar, .body_len = len };
	int result;

	r.timeout_s = SLOW_S;
	r.path = docker_path(a, docker_path(a, "/containers/", name, "/archive?path="),
	    dir, "");
	result = docker_do(docker_of(e), &r, NULL, NULL, err);
	arena_free(a);
	return result;
}

/*
 * Logs.  Without a terminal each message is framed:
 *
 *	+--------+---+---+---+------------------+---------
 *	| stream | 0 | 0 | 0 | length, 4 bytes  | message
 *	+--------+---+---+---+------------------+---------
 */
struct log {
	int framed;
	unsigned char header[FRAME_HEADER];
	size_t n_header;  /* bytes of the header so far */
	size_t n_message; /* bytes of the message to come */
	size_t n_total, n_messages, limit;
	struct buf text; /* the last of it: at least limit bytes, at most twice as many */
};

static void
log_text(struct log *l, const char *p, size_t n)
{
	if (n > l->limit) {
		p += n - l->limit;
		n = l->limit;
	}
	if (l->text.len + n > 2 * l->limit) {
		memmove(l->text.data, l->text.data + l->text.len - l->limit, l->limit);
		l->text.len = l->limit;
	}
	buf_add(&l->text, p, n);
}

static int
log_bytes(void *arg, const char *p, size_t n)
{
	struct log *l = arg;

	if (!l->framed) {
		for (size_t i = 0; i < n; i++)
			l->n_messages += p[i] == '\n';
		l->n_total += n;
		log_text(l, p, n);
		return 0;
	}
	while (n > 0) {
		size_t part;
		uint32_t size;

		if (l->n_message > 0) {
			part = n < l->n_message ? n : l->n_message;
			log_text(l, p, part);
			l->n_message -= part;
			l->n_total += part;
		} else {
			part = FRAME_HEADER - l->n_header < n ?
			    FRAME_HEADER - l->n_header :
			    n;
			memcpy(l->header + l->n_header, p, part);
			l->n_header += part;
			if (l->n_header == FRAME_HEADER) {
				memcpy(&size, l->header + 4, sizeof(size));
				l->n_message = ntohl(size);
				l->n_header = 0;
				l->n_messages++;
			}
		}
		p += part;
		n -= part;
	}
	return 0;
}

/* The last `lines` messages: 1 when that is all that is wanted or there is, 0, -1. */
static int
read_log(struct engine *e, const char *name, struct log *l, size_t lines, struct err *err)
{
	struct arena *a = arena_new();
	struct docker_request r = { .sink = log_bytes, .sink_arg = l };
	int result;

	l->n_header = l->n_message = l->n_total = l->n_messages = 0;
	buf_reset(&l->text);
	r.path = docker_path(a, "/containers/", name,
	    arena_printf(a, "/logs?stdout=1&stderr=1&tail=%zu", lines));
	result = docker_do(docker_of(e), &r, NULL, NULL, err);
	arena_free(a);
	if (result < 0)
		return -1;
	return l->n_total >= l->limit || l->n_messages < lines;
}

/* Docker counts lines, we count bytes: ask for ever more lines until there are enough bytes. */
int
docker_logs(struct engine *e, const char *name, size_t tail_bytes, struct buf *ret,
    struct err *err)
{
	struct arena *a = arena_new();
	struct log l = { .limit = tail_bytes < MAX_LOG ? tail_bytes : MAX_LOG };
	size_t lines = l.limit / 64 + 1;
	json_t *doc;
	int r = docker_container_inspect(e, a, name, &doc, err);

	if (r == 0)
		r = err_set(err, &engine_not_found, "No such container: %s", name);
	if (r < 0 || l.limit == 0) {
		arena_free(a);
		return r < 0 ? -1 : 0;
	}
	l.framed = !json_bool(json_get(doc, "Config"), "Tty", 0);
	arena_free(a);
	buf_init(&l.text, 2 * l.limit + 1);
	while ((r = read_log(e, name, &l, lines, err)) == 0 && lines < l.limit)
		lines = lines * 8 < l.limit ? lines * 8 : l.limit;
	if (r >= 0) {
		size_t n = l.text.len < l.limit ? l.text.len : l.limit;

		buf_add(ret, buf_text(&l.text) + l.text.len - n, n);
	}
	buf_done(&l.text);
	return r < 0 ? -1 : 0;
}
