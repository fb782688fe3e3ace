#include "agents/netd/dock.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"

enum { MAX_CALLS = 8, CALL_TIMEOUT_MS = 10000, AGAIN_MIN_MS = 50, AGAIN_MAX_MS = 2000 };

/* One connection: a question, or the stream. */
struct call {
	struct call *next;
	struct dock *dock;
	uv_pipe_t pipe;
	uv_connect_t connect;
	uv_write_t write;
	uv_timer_t timer;
	int n_handles, is_over;
	char *request, *key;
	struct buf in;
	int has_head, status;
	dock_answer_fn *fn; /* NULL: the stream */
	void *arg;
	char chunk[65536];
};

struct dock {
	uv_loop_t *loop;
	char *path;
	struct call *running, *waiting, **waiting_end;
	size_t n_running;
	char *follow_target;
	struct dock_events events;
	void *events_arg;
	int is_streaming, is_closing;
	uv_timer_t again;
	uint64_t again_ms;
	int n_left; /* handles and calls that are still there */
};

static void start_waiting(struct dock *d);
static void follow(struct dock *d);

static void *
zeroed(size_t n)
{
	void *p = calloc(1, n);

	if (p == NULL)
		fatal("out of memory (%zu bytes)", n);
	return p;
}

static char *
copy(const char *s)
{
	char *p = strdup(s);

	if (p == NULL)
		fatal("out of memory");
	return p;
}

static void
release(struct dock *d)
{
	if (--d->n_left > 0)
		return;
	free(d->path);
	free(d->follow_target);
	free(d);
}

static void
call_free(struct call *c)
{
	struct dock *d = c->dock;

	buf_done(&c->in);
	free(c->request);
	free(c->key);
	free(c);
	release(d);
}

static void
on_closed(uv_handle_t *handle)
{
	struct call *c = handle->data;

	if (--c->n_handles == 0)
		call_free(c);
}

/* The whole answer, or none. */
static void
answer(struct call *c)
{
	json_t *doc = NULL;
	struct err err;
	int status = c->has_head && !buf_is_full(&c->in) ? c->status : 0;

	if (status != 0 && json_read(buf_text(&c->in), c->in.len, &doc, &err) < 0)
		status = status == 200 ? 0 : status;
	c->fn(c->arg, c->key, status, doc);
	json_decref(doc);
}

static void
on_again(uv_timer_t *timer)
{
	follow(timer->data);
}

static void
lost_stream(struct dock *d)
{
	int was = d->is_streaming;

	d->is_streaming = 0;
	d->again_ms = d->again_ms < AGAIN_MIN_MS ? AGAIN_MIN_MS : d->again_ms * 2;
	if (d->again_ms > AGAIN_MAX_MS)
		d->again_ms = AGAIN_MAX_MS;
	uv_timer_start(&d->again, on_again, d->again_ms, 0);
	if (was)
		d->events.closed(d->events_arg);
}

static void
over(struct call *c, int told)
{
	struct dock *d = c->dock;
	struct call **p = &d->running;

	if (c->is_over)
		return;
	c->is_over = 1;
	while (*p != c)
		p = &(*p)->next;
	*p = c->next;
	if (c->fn != NULL)
		d->n_running--;
	uv_close((uv_handle_t *)&c->pipe, on_closed);
	uv_close((uv_handle_t *)&c->timer, on_closed);
	if (!told || d->is_closing)
		return;
	if (c->fn != NULL) {
		answer(c);
		start_waiting(d);
	} else {
		lost_stream(d);
	}
}

/* "HTTP/1.0 200 OK\r\n…\r\n\r\n": 1 when it is all there and taken away, 0 not yet, -1. */
static int
take_head(struct call *c)
{
	const char *end = strstr(buf_text(&c->in), "\r\n\r\n");
	const char *s = buf_text(&c->in);
	size_t n;

	if (end == NULL)
		return c->in.len > 16384 ? -1 : 0;
	if (strncmp(s, "HTTP/1.", 7) != 0 || strlen(s) < 12)
		return -1;
	c->status = (s[9] - '0') * 100 + (s[10] - '0') * 10 + (s[11] - '0');
	if (c->status < 100 || c->status > 599)
		return -1;
	n = (size_t)(end - s) + 4;
	memmove(c->in.data, c->in.data + n, c->in.len - n + 1);
	c->in.len -= n;
	c->has_head = 1;
	return 1;
}

static void
take_events(struct call *c)
{
	struct dock *d = c->dock;
	size_t from = 0;
	struct err err;
	json_t *doc;
	char *end;

	while (!d->is_closing && c->in.len > from &&
	    (end = memchr(c->in.data + from, '\n', c->in.len - from)) != NULL) {
		size_t n = (size_t)(end - (c->in.data + from));

		if (json_read(c->in.data + from, n, &doc, &err) == 0) {
			d->events.event(d->events_arg, doc);
			json_decref(doc);
		}
		from += n + 1;
	}
	if (from > 0) {
		memmove(c->in.data, c->in.data + from, c->in.len - from + 1);
		c->in.len -= from;
	}
}

static void
took(struct call *c)
{
	struct dock *d = c->dock;
	int head;

	if (!c->has_head) {
		head = take_head(c);
		if (head < 0 || (head > 0 && c->fn == NULL && c->status != 200)) {
			over(c, 1);
			return;
		}
		if (head > 0 && c->fn == NULL) {
			uv_timer_stop(&c->timer);
			d->again_ms = 0;
			d->is_streaming = 1;
			d->events.open(d->events_arg);
		}
	}
	if (c->has_head && c->fn == NULL && !d->is_closing)
		take_events(c);
	if (buf_is_full(&c->in))
		over(c, 1);
}

static void
give_chunk(uv_handle_t *handle, size_t hint UNUSED, uv_buf_t *out)
{
	struct call *c = handle->data;

	*out = uv_buf_init(c->chunk, sizeof(c->chunk));
}

static void
on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *chunk)
{
	struct call *c = stream->data;

	if (n < 0) {
		over(c, 1);
		return;
	}
	buf_add(&c->in, chunk->base, (size_t)n);
	took(c);
}

static void
on_written(uv_write_t *req, int status)
{
	if (status < 0)
		over(req->data, 1);
}

static void
on_connected(uv_connect_t *req, int status)
{
	struct call *c = req->data;
	uv_buf_t out;

	if (c->is_over)
		return;
	if (status < 0) {
		over(c, 1);
		return;
	}
	out = uv_buf_init(c->request, (unsigned)strlen(c->request));
	c->write.data = c;
	if (uv_read_start((uv_stream_t *)&c->pipe, give_chunk, on_read) < 0 ||
	    uv_write(&c->write, (uv_stream_t *)&c->pipe, &out, 1, on_written) < 0)
		over(c, 1);
}

static void
on_timeout(uv_timer_t *timer)
{
	struct call *c = timer->data;

	c->has_head = 0;
	over(c, 1);
}

static void
begin(struct call *c)
{
	struct dock *d = c->dock;

	c->next = d->running;
	d->running = c;
	if (c->fn != NULL)
		d->n_running++;
	uv_pipe_init(d->loop, &c->pipe, 0);
	uv_timer_init(d->loop, &c->timer);
	c->pipe.data = c->timer.data = c->connect.data = c;
	c->n_handles = 2;
	uv_timer_start(&c->timer, on_timeout, CALL_TIMEOUT_MS, 0);
	uv_pipe_connect(&c->connect, &c->pipe, d->path, on_connected);
}

static void
start_waiting(struct dock *d)
{
	struct call *c;

	while (d->n_running < MAX_CALLS && (c = d->waiting) != NULL) {
		d->waiting = c->next;
		if (d->waiting == NULL)
			d->waiting_end = &d->waiting;
		begin(c);
	}
}

static struct call *
call_new(struct dock *d, const char *target, size_t limit)
{
	struct call *c = zeroed(sizeof(*c));
	struct buf b;

	c->dock = d;
	d->n_left++;
	buf_init(&c->in, limit);
	buf_init(&b, 0);
	buf_printf(&b, "GET %s HTTP/1.0\r\nHost: docker\r\n\r\n", target);
	c->request = copy(buf_text(&b));
	buf_done(&b);
	return c;
}

void
dock_get(struct dock *d, const char *target, dock_answer_fn *fn, void *arg,
    const char *key)
{
	struct call *c = call_new(d, target, DOCK_LIMIT);

	assert(!d->is_closing && fn != NULL);
	c->fn = fn;
	c->arg = arg;
	c->key = copy(key);
	*d->waiting_end = c;
	d->waiting_end = &c->next;
	start_waiting(d);
}

static void
follow(struct dock *d)
{
	begin(call_new(d, d->follow_target, DOCK_EVENT_LIMIT));
}

void
dock_follow(struct dock *d, const char *target, const struct dock_events *events,
    void *arg)
{
	assert(d->follow_target == NULL);
	d->follow_target = copy(target);
	d->events = *events;
	d->events_arg = arg;
	follow(d);
}

struct dock *
dock_open(uv_loop_t *loop, const char *path)
{
	struct dock *d = zeroed(sizeof(*d));

	d->loop = loop;
	d->path = copy(path);
	d->waiting_end = &d->waiting;
	uv_timer_init(loop, &d->again);
	d->again.data = d;
	d->n_left = 1;
	return d;
}

static void
on_again_closed(uv_handle_t *handle)
{
	release(handle->data);
}

void
dock_close(struct dock *d)
{
	struct call *c;

	d->is_closing = 1;
	while (d->running != NULL)
		over(d->running, 0);
	while ((c = d->waiting) != NULL) {
		d->waiting = c->next;
		call_free(c);
	}
	uv_close((uv_handle_t *)&d->again, on_again_closed);
}
