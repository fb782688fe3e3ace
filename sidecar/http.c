#include "sidecar/http.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"

enum { CONNECT_TIMEOUT_MS = 2000, KEEPALIVE_S = 10 };

struct http {
	uv_loop_t *loop;
	CURLM *multi;
	uv_timer_t timer;
	struct http_call *calls;
	size_t n_handles; /* of libuv, not closed yet */
	int closing;
};

struct http_call {
	struct http_call *next, **prev;
	struct http *http;
	CURL *easy;
	struct curl_slist *headers;
	struct buf body, answer;
	char why[CURL_ERROR_SIZE];
	http_done_fn *done;
	void *arg;
};

/* A socket of libcurl's that the loop watches. */
struct watch {
	uv_poll_t poll;
	struct http *http;
	curl_socket_t fd;
};

static void *
zeroed(size_t n)
{
	void *p = calloc(1, n);

	if (p == NULL)
		fatal("out of memory (%zu bytes)", n);
	return p;
}

static void
call_free(struct http_call *call)
{
	*call->prev = call->next;
	if (call->next != NULL)
		call->next->prev = call->prev;
	curl_multi_remove_handle(call->http->multi, call->easy);
	curl_easy_cleanup(call->easy);
	curl_slist_free_all(call->headers);
	buf_done(&call->body);
	buf_done(&call->answer);
	free(call);
}

static void
finish(struct http_call *call, CURLcode rc)
{
	struct http_answer answer = { 0 };
	long status = 0;

	if (rc == CURLE_OK) {
		curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
		answer.status = (int)status;
		answer.body = buf_text(&call->answer);
		answer.len = call->answer.len;
	} else if (buf_is_full(&call->answer)) {
		answer.why = "the answer is too long";
	} else {
		answer.why = call->why[0] != '\0' ? call->why : curl_easy_strerror(rc);
	}
	call->done(call->arg, &answer);
	call_free(call);
}

static void
collect(struct http *h)
{
	struct http_call *call;
	CURLMsg *msg;
	int left;

	while (!h->closing && (msg = curl_multi_info_read(h->multi, &left)) != NULL) {
		if (msg->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (char **)&call);
		finish(call, msg->data.result);
	}
}

static void
on_readiness(uv_poll_t *poll, int status, int events)
{
	struct watch *w = poll->data;
	struct http *h = w->http;
	int what = 0, running;

	if (status < 0)
		what = CURL_CSELECT_ERR;
	if (events & UV_READABLE)
		what |= CURL_CSELECT_IN;
	if (events & UV_WRITABLE)
		what |= CURL_CSELECT_OUT;
	/* w may go in here. */
	curl_multi_socket_action(h->multi, w->fd, what, &running);
	collect(h);
}

static void
on_timer(uv_timer_t *timer)
{
	struct http *h = timer->data;
	int running;

	curl_multi_socket_action(h->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	collect(h);
}

static int
set_timer(CURLM *multi UNUSED, long timeout_ms, void *arg)
{
	struct http *h = arg;

	if (h->closing || timeout_ms < 0)
		uv_timer_stop(&h->timer);
	else
		uv_timer_start(&h->timer, on_timer, (uint64_t)timeout_ms, 0);
	return 0;
}

static void
handle_gone(struct http *h)
{
	if (--h->n_handles == 0) {
		assert(h->closing);
		free(h);
	}
}

static void
on_watch_closed(uv_handle_t *handle)
{
	struct watch *w = handle->data;
	struct http *h = w->http;

	free(w);
	handle_gone(h);
}

static struct watch *
watch_new(struct http *h, curl_socket_t fd)
{
	struct watch *w = zeroed(sizeof(*w));

	w->http = h;
	w->fd = fd;
	if (uv_poll_init_socket(h->loop, &w->poll, fd) < 0)
		fatal("uv_poll_init_socket");
	w->poll.data = w;
	h->n_handles++;
	curl_multi_assign(h->multi, fd, w);
	return w;
}

static int
watch_socket(CURL *easy UNUSED, curl_socket_t fd, int what, void *arg, void *known)
{
	struct http *h = arg;
	struct watch *w = known;
	int events = 0;

	if (what == CURL_POLL_REMOVE) {
		if (w != NULL) {
			curl_multi_assign(h->multi, fd, NULL);
			uv_close((uv_handle_t *)&w->poll, on_watch_closed);
		}
		return 0;
	}
	if (w == NULL)
		w = watch_new(h, fd);
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		events |= UV_READABLE;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		events |= UV_WRITABLE;
	uv_poll_start(&w->poll, events, on_readiness);
	return 0;
}

struct http *
http_open(uv_loop_t *loop)
{
	struct http *h = zeroed(sizeof(*h));

	h->loop = loop;
	h->multi = curl_multi_init();
	if (h->multi == NULL)
		fatal("curl_multi_init");
	uv_timer_init(loop, &h->timer);
	h->timer.data = h;
	h->n_handles = 1;
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
	return h;
}

static size_t
take_bytes(char *p, size_t size, size_t n, void *arg)
{
	struct http_call *call = arg;

	buf_add(&call->answer, p, size * n);
	return buf_is_full(&call->answer) ? 0 : size * n;
}

static void
add_header(struct http_call *call, const char *line)
{
	struct curl_slist *all = curl_slist_append(call->headers, line);

	if (all == NULL)
		fatal("out of memory");
	call->headers = all;
}

static void
add_headers(struct http_call *call, const struct http_request *req)
{
	struct buf line;

	add_header(call, "Expect:");
	if (req->body != NULL)
		add_header(call, "Content-Type: application/json");
	if (req->bearer == NULL)
		return;
	buf_init(&line, 0);
	buf_printf(&line, "Authorization: Bearer %s", req->bearer);
	add_header(call, buf_text(&line));
	buf_done(&line);
}

static void
set_source(CURL *e, const char *address)
{
	struct buf text;

	if (address == NULL)
		return;
	buf_init(&text, 0);
	buf_printf(&text, "host!%s", address);
	curl_easy_setopt(e, CURLOPT_INTERFACE, buf_text(&text));
	buf_done(&text);
}

static void
set_options(struct http_call *call, const struct http_request *req)
{
	CURL *e = call->easy;

	curl_easy_setopt(e, CURLOPT_URL, req->url);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, req->method);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	set_source(e, req->source);
	curl_easy_setopt(e, CURLOPT_PROXY, "");
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, req->timeout_ms);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
	curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(e, CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_S);
	curl_easy_setopt(e, CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_S);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, call->headers);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, take_bytes);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, call);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, call->why);
	curl_easy_setopt(e, CURLOPT_PRIVATE, call);
	if (req->body != NULL) {
		curl_easy_setopt(e, CURLOPT_POSTFIELDS, buf_text(&call->body));
		curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)call->body.len);
	}
}

void
http_start(struct http *h, const struct http_request *req, http_done_fn *done, void *arg)
{
	struct http_call *call = zeroed(sizeof(*call));

	assert(!h->closing);
	call->http = h;
	call->done = done;
	call->arg = arg;
	buf_init(&call->answer, req->limit);
	buf_init(&call->body, 0);
	if (req->body != NULL)
		buf_add(&call->body, req->body, req->body_len);
	call->easy = curl_easy_init();
	if (call->easy == NULL)
		fatal("curl_easy_init");
	add_headers(call, req);
	set_options(call, req);
	call->next = h->calls;
	call->prev = &h->calls;
	if (h->calls != NULL)
		h->calls->prev = &call->next;
	h->calls = call;
	if (curl_multi_add_handle(h->multi, call->easy) != CURLM_OK)
		fatal("curl_multi_add_handle");
}

static void
on_timer_closed(uv_handle_t *handle)
{
	handle_gone(handle->data);
}

void
http_close(struct http *h)
{
	h->closing = 1;
	while (h->calls != NULL)
		call_free(h->calls);
	curl_multi_cleanup(h->multi);
	uv_close((uv_handle_t *)&h->timer, on_timer_closed);
}
