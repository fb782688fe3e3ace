#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/enc.h"
#include "base/log.h"
#include "control/engine/engine_docker.h"

enum {
	CONNECT_MS = 5000,
	DEFAULT_TIMEOUT_S = 60,
	MAX_REPLY = 64 << 20,
	MAX_LINE = 1 << 20,
	UPLOAD_CHUNK = 512 << 10,
};

struct docker_thread {
	struct docker_thread *next;
	struct docker *docker;
	CURL *curl;
};

/* What the callbacks of one request need. */
struct transfer {
	const struct docker_request *request;
	CURL *curl;
	struct buf *reply, *failure;
	int read_failed;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
init_curl(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		fatal("curl_global_init failed");
}

static void
free_thread(void *p)
{
	struct docker_thread *t = p, **at;
	struct docker *d = t->docker;

	pthread_mutex_lock(&d->lock);
	for (at = &d->threads; *at != t; at = &(*at)->next)
		assert(*at != NULL);
	*at = t->next;
	pthread_mutex_unlock(&d->lock);
	curl_easy_cleanup(t->curl);
	free(t);
}

struct docker *
docker_open(const char *socket, const struct engine_ops *ops)
{
	struct docker *d = calloc(1, sizeof(*d));

	pthread_once(&once, init_curl);
	if (d == NULL || (d->socket = strdup(socket)) == NULL ||
	    pthread_key_create(&d->key, free_thread) != 0)
		fatal("out of memory (engine)");
	pthread_mutex_init(&d->lock, NULL);
	d->engine.ops = ops;
	return d;
}

void
docker_close(struct docker *d)
{
	struct docker_thread *t;

	pthread_key_delete(d->key);
	while ((t = d->threads) != NULL) {
		d->threads = t->next;
		curl_easy_cleanup(t->curl);
		free(t);
	}
	pthread_mutex_destroy(&d->lock);
	free(d->socket);
	free(d);
}

CURL *
docker_handle(struct docker *d)
{
	CURL *curl = curl_easy_init();

	if (curl == NULL)
		fatal("out of memory (curl)");
	curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, d->socket);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http");
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, (long)UPLOAD_CHUNK);
	return curl;
}

/* The handle of this thread, with the options that all requests share. */
static CURL *
thread_handle(struct docker *d)
{
	struct docker_thread *t = pthread_getspecific(d->key);

	if (t != NULL)
		return t->curl;
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		fatal("out of memory (engine)");
	t->docker = d;
	t->curl = docker_handle(d);
	pthread_mutex_lock(&d->lock);
	t->next = d->threads;
	d->threads = t;
	pthread_mutex_unlock(&d->lock);
	if (pthread_setspecific(d->key, t) != 0)
		fatal("out of memory (engine)");
	return t->curl;
}

void
docker_failure(int status, const char *body, size_t len, struct err *err)
{
	const struct err_kind *kind = &engine_refused;
	const char *message;
	json_t *doc = NULL;
	struct err bad;

	if (status == 404)
		kind = &engine_not_found;
	else if (status == 409)
		kind = &engine_conflict;
	else if (status >= 500 || status < 400)
		kind = &engine_failed;
	message = json_read(body, len, &doc, &bad) == 0 ? json_str(doc, "message") : NULL;
	if (message != NULL)
		err_set_fn(err, kind, "%s", message);
	else
		err_set_fn(err, kind, "the container engine answered %d", status);
	json_decref(doc);
}

static size_t
on_bytes(char *p, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	long status = 0;

	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status < 200 || status > 299)
		buf_add(t->failure, p, size * n);
	else if (t->request->sink != NULL)
		return t->request->sink(t->request->sink_arg, p, size * n) == 0 ?
		    size * n :
		    0;
	else if (t->reply != NULL)
		buf_add(t->reply, p, size * n);
	return t->reply != NULL && buf_is_full(t->reply) ? 0 : size * n;
}

static size_t
on_read(char *p, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	ssize_t got = read(t->request->body_fd, p, size * n);

	if (got >= 0)
		return (size_t)got;
	t->read_failed = 1;
	return CURL_READFUNC_ABORT;
}

/* A stream takes as long as it takes, but one that is silent for too long has died. */
static void
set_time(CURL *curl, const struct docker_request *r)
{
	int timeout_s = r->timeout_s > 0 ? r->timeout_s : DEFAULT_TIMEOUT_S;
	int streams = r->sink != NULL || r->from_fd;

	curl_easy_setopt(curl, CURLOPT_TIMEOUT, streams ? 0L : (long)timeout_s);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, streams ? 1L : 0L);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, streams ? (long)timeout_s : 0L);
}

static struct curl_slist *
add_header(struct curl_slist *list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(list, line);

	if (longer == NULL)
		fatal("out of memory (curl)");
	return longer;
}

/* Method, body and headers; the list is to be freed after the request. */
static struct curl_slist *
set_request(CURL *curl, const struct docker_request *r, struct transfer *t,
    const char *json)
{
	const char *method = r->method != NULL ? r->method : "GET";
	struct curl_slist *headers = add_header(NULL, "Expect:");

	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, NULL);
	curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
	if (r->from_fd) {
		curl_easy_setopt(curl, CURLOPT_POST, 1L);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)-1);
		curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_read);
		curl_easy_setopt(curl, CURLOPT_READDATA, t);
		headers = add_header(headers, "Transfer-Encoding: chunked");
	} else if (strcmp(method, "GET") != 0) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)(json != NULL ? strlen(json) : r->body_len));
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS,
		    json != NULL	? json :
			r->body != NULL ? (const char *)r->body :
					  "");
	}
	headers = add_header(headers,
	    json != NULL ? "Content-Type: application/json" :
			   "Content-Type: application/x-tar");
	if (r->header != NULL)
		headers = add_header(headers, r->header);
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	return headers;
}

/* The request as it is, to a whole URL. */
static int
perform(struct docker *d, const struct docker_request *r, const char *url,
    struct buf *reply, int *ret_status, struct err *err)
{
	CURL *curl = thread_handle(d);
	struct buf failure, json;
	struct transfer t = { .request = r,
		.curl = curl,
		.reply = reply,
		.failure = &failure };
	struct curl_slist *headers;
	long status = 0;
	CURLcode code;
	int result = 0;

	buf_init(&failure, 64 << 10);
	buf_init(&json, 0);
	if (r->json != NULL)
		json_write(r->json, &json);
	headers = set_request(curl, r, &t, r->json != NULL ? buf_text(&json) : NULL);
	set_time(curl, r);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &t);
	code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(headers);
	if (reply != NULL && buf_is_full(reply)) {
		result = err_set(err, &engine_failed, "the engine's answer is too large");
	} else if (t.read_failed) {
		result = err_set(err, &err_internal, "cannot read what was to be sent");
	} else if (code == CURLE_WRITE_ERROR && r->sink != NULL) {
		result = err_set(err, &engine_failed, "stopped");
	} else if (code != CURLE_OK) {
		atomic_store(&d->minor, 0); /* whatever answers next may be another */
		result = err_set(err, &engine_unreachable, "%s: %s", d->socket,
		    curl_easy_strerror(code));
	} else if ((status < 200 || status > 299) && status != 304) {
		docker_failure((int)status, buf_text(&failure), failure.len, err);
		result = -1;
	} else if (ret_status != NULL) {
		*ret_status = (int)status;
	}
	buf_done(&failure);
	buf_done(&json);
	return result;
}

/* "1.44" to 44; 0 for what is not 1.x. */
static int
minor_of(const char *version)
{
	char *end = NULL;
	long n;

	if (version == NULL || strncmp(version, "1.", 2) != 0)
		return 0;
	n = strtol(version + 2, &end, 10);
	return end != version + 2 && *end == '\0' && n > 0 && n < 10000 ? (int)n : 0;
}

/* Agree on an API version, once. */
static int
need_minor(struct docker *d, struct err *err)
{
	static const struct docker_request ask = { .path = "/version" };
	int minor = atomic_load(&d->minor), oldest, newest;
	json_t *doc = NULL;
	struct buf reply;

	if (minor != 0)
		return minor;
	buf_init(&reply, MAX_REPLY);
	if (perform(d, &ask, "http://docker/version", &reply, NULL, err) < 0 ||
	    json_read(buf_text(&reply), reply.len, &doc, err) < 0) {
		buf_done(&reply);
		return -1;
	}
	buf_done(&reply);
	newest = minor_of(json_str(doc, "ApiVersion"));
	oldest = minor_of(json_str(doc, "MinAPIVersion"));
	json_decref(doc);
	if (newest < DOCKER_API_MINOR)
		return err_set(err, &engine_refused,
		    "the container engine speaks API 1.%d; 1.%d (Docker 20.10) or newer is needed",
		    newest, DOCKER_API_MINOR);
	minor = oldest > DOCKER_API_MINOR ? oldest : DOCKER_API_MINOR;
	atomic_store(&d->minor, minor);
	return minor;
}

char *
docker_url(struct docker *d, struct arena *a, const char *path, struct err *err)
{
	int minor = need_minor(d, err);

	return minor < 0 ? NULL : arena_printf(a, "http://docker/v1.%d%s", minor, path);
}

int
docker_do(struct docker *d, const struct docker_request *r, struct buf *reply,
    int *ret_status, struct err *err)
{
	struct arena *a = arena_new();
	const char *url = docker_url(d, a, r->path, err);
	int result = url != NULL ? perform(d, r, url, reply, ret_status, err) : -1;

	arena_free(a);
	return result;
}

int
docker_get(struct docker *d, struct arena *a, const char *path, json_t **ret,
    struct err *err)
{
	struct docker_request r = { .path = path };
	struct buf *reply = buf_new(a, MAX_REPLY);
	struct err bad = { NULL, "" };

	if (docker_do(d, &r, reply, NULL, &bad) < 0) {
		if (bad.kind == &engine_not_found)
			return 0;
		*err = bad;
		return -1;
	}
	if (json_read_in(a, buf_text(reply), reply->len, ret, &bad) < 0)
		return err_set(err, &engine_failed, "the engine's answer: %s", bad.msg);
	return 1;
}

char *
docker_path(struct arena *a, const char *before, const char *name, const char *after)
{
	struct buf *b = buf_new(a, 0);

	buf_str(b, before);
	percent_encode(b, name, strlen(name), 0);
	buf_str(b, after);
	return arena_strdup(a, buf_text(b));
}

char *
docker_label_filter(struct arena *a, const char *label)
{
	json_t *filter = json_own(a, json_new_object());
	struct buf *b = buf_new(a, 0);
	const char *text;

	if (label != NULL)
		json_add_str(json_need_array(filter, "label"), label);
	text = json_text(a, filter);
	percent_encode(b, text, strlen(text), 0);
	return arena_strdup(a, buf_text(b));
}

void
docker_lines_init(struct docker_lines *l, int (*fn)(void *, const char *, size_t),
    void *arg)
{
	buf_init(&l->line, MAX_LINE);
	l->fn = fn;
	l->arg = arg;
}

void
docker_lines_done(struct docker_lines *l)
{
	buf_done(&l->line);
}

int
docker_lines_add(void *lines, const char *p, size_t n)
{
	struct docker_lines *l = lines;
	const char *end;

	while (n > 0) {
		size_t part;

		end = memchr(p, '\n', n);
		part = end != NULL ? (size_t)(end - p) : n;
		buf_add(&l->line, p, part);
		if (buf_is_full(&l->line))
			return -1;
		p += part + (end != NULL);
		n -= part + (end != NULL);
		if (end == NULL)
			continue;
		while (l->line.len > 0 && l->line.data[l->line.len - 1] == '\r')
			l->line.len--;
		if (l->line.len > 0 && l->fn(l->arg, l->line.data, l->line.len) != 0)
			return -1;
		buf_reset(&l->line);
	}
	return 0;
}
