/*
 * Two conversations that know of each other.
 *
 * The poll: one request is always under way, or a timer that starts the next.
 * The first one after an outage does not wait, so that "control is back" is
 * known at once.  The push: one request at most; what changes meanwhile makes
 * one more.  After an outage the status is sent anew, since the control that
 * came back need not be the one that knew it.
 */
#include "sidecar/pull.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "base/log.h"
#include "sidecar/http.h"

enum {
	REV_MAX = 256,
	BACKOFF_MIN_MS = 50,
	COALESCE_MS = 3,
	REQUEST_MS = 10000, /* beside what control was asked to wait */
	RETRY_MIN_MS = 1000,
	RETRY_MAX_MS = 30000,
};

struct pull {
	uv_loop_t *loop;
	const struct agent *agent;
	void *self;
	struct keep *keep;
	char *endpoint, *token, *source;
	struct http *http;
	size_t n_handles;

	uv_timer_t poll_timer;
	char seen[REV_MAX + 1];	   /* the newest revision, refused or not */
	char applied[REV_MAX + 1]; /* the one in force */
	int is_away, was_near;
	int last_failure; /* HTTP status, or 0; logged when it changes */
	int64_t backoff_ms, asked_ms;
	int asked_wait_s;

	json_t *refused; /* {"rev", "config"}; tried again by retry_timer */
	struct err refusal;
	uv_timer_t retry_timer;
	int64_t retry_ms;

	uv_timer_t push_timer;
	int is_pushing, is_dirty, push_failed;
	int64_t push_backoff_ms;
};

static const struct err_kind bad_options = { "BadOptions", 400 };

static void poll_control(struct pull *p);

/* Doubles *ms, and returns something between its half and all of it. */
static uint64_t
back_off(int64_t *ms, int64_t min, int64_t max)
{
	uint32_t dice;
	int64_t span;

	*ms = *ms < min ? min : *ms * 2;
	if (*ms > max)
		*ms = max;
	span = *ms / 2;
	random_bytes(&dice, sizeof(dice));
	return (uint64_t)(*ms - dice % (span + 1));
}

/* The push. */

static void
report(struct pull *p, struct buf *b)
{
	json_t *doc = json_new_object();

	if (p->agent->status != NULL)
		p->agent->status(p->self, doc);
	json_set_str(doc, "rev", p->applied);
	if (p->refused != NULL) {
		json_set_str(doc, "rejected_rev", p->seen);
		json_set_str(doc, "error", p->refusal.msg);
	}
	json_write(doc, b);
	json_decref(doc);
	if (!buf_is_full(b))
		return;
	doc = json_make("{s:s, s:s}", "rev", p->applied, "error",
	    "The status is longer than control takes.");
	buf_reset(b);
	json_write(doc, b);
	json_decref(doc);
}

static void push(uv_timer_t *timer);

static void
on_pushed(void *arg, const struct http_answer *answer)
{
	struct pull *p = arg;

	p->is_pushing = 0;
	if (answer->status >= 200 && answer->status < 300) {
		p->push_failed = 0;
		p->push_backoff_ms = 0;
		if (p->is_dirty)
			uv_timer_start(&p->push_timer, push, COALESCE_MS, 0);
		return;
	}
	if (!p->push_failed)
		log_warn(p->agent->name, "status not taken, will retry status=%d %s",
		    answer->status, answer->status == 0 ? answer->why : "");
	p->push_failed = 1;
	p->is_dirty = 1;
	uv_timer_start(&p->push_timer, push,
	    back_off(&p->push_backoff_ms, BACKOFF_MIN_MS, PULL_BACKOFF_MAX_MS), 0);
}

static void
push(uv_timer_t *timer)
{
	struct pull *p = timer->data;
	struct buf url, body;

	if (p->is_pushing || p->is_away)
		return; /* on_pushed() or came_back() goes on. */
	buf_init(&url, 0);
	buf_printf(&url, "%s/_internal/container/status", p->endpoint);
	buf_init(&body, PULL_STATUS_LIMIT);
	report(p, &body);
	p->is_dirty = 0;
	p->is_pushing = 1;
	http_start(p->http,
	    &(struct http_request){ .method = "POST",
		.url = buf_text(&url),
		.bearer = p->token,
		.source = p->source,
		.body = buf_text(&body),
		.body_len = body.len,
		.timeout_ms = REQUEST_MS,
		.limit = 4096 },
	    on_pushed, p);
	buf_done(&url);
	buf_done(&body);
}

void
pull_status_changed(struct pull *p)
{
	p->is_dirty = 1;
	if (!p->is_pushing && !p->push_failed &&
	    !uv_is_active((uv_handle_t *)&p->push_timer))
		uv_timer_start(&p->push_timer, push, COALESCE_MS, 0);
}

/* The poll. */

static void
came_back(struct pull *p)
{
	p->backoff_ms = 0;
	p->last_failure = -1;
	if (!p->is_away)
		return;
	p->is_away = 0;
	p->push_failed = 0;
	log_info(p->agent->name, p->was_near ? "control is back" : "control answers");
	p->was_near = 1;
	p->is_dirty = 1;
	if (!p->is_pushing)
		uv_timer_start(&p->push_timer, push, COALESCE_MS, 0);
}

static void
on_poll_timer(uv_timer_t *timer)
{
	poll_control(timer->data);
}

static void
went_away(struct pull *p, int status, const char *why)
{
	if (!p->is_away || p->last_failure != status)
		log_warn(p->agent->name,
		    "no configuration from control, the last one stays in force status=%d %s",
		    status, why);
	p->is_away = 1;
	p->last_failure = status;
	uv_timer_start(&p->poll_timer, on_poll_timer,
	    back_off(&p->backoff_ms, BACKOFF_MIN_MS, PULL_BACKOFF_MAX_MS), 0);
}

static void
remember(struct pull *p, const json_t *doc)
{
	struct err err;

	if (keep_save(p->keep, doc, &err) < 0)
		log_warn(p->agent->name, "the configuration is not kept: %s", err.msg);
}

static void
forget_refused(struct pull *p)
{
	json_decref(p->refused);
	p->refused = NULL;
	p->retry_ms = 0;
	uv_timer_stop(&p->retry_timer);
}

static void on_retry(uv_timer_t *timer);

static void
set_rev(char to[REV_MAX + 1], const char *rev)
{
	memcpy(to, rev, strlen(rev) + 1);
}

/* doc is checked: {"rev", "config"}. */
static void
take(struct pull *p, json_t *doc, int is_new)
{
	const char *rev = json_str(doc, "rev");
	struct err err = { 0 };

	set_rev(p->seen, rev);
	if (p->agent->apply(p->self, json_get(doc, "config"), &err) == 0) {
		forget_refused(p);
		set_rev(p->applied, rev);
		log_info(p->agent->name, "configuration in force rev=%s", rev);
		if (is_new)
			remember(p, doc);
	} else {
		if (p->refused != doc)
			forget_refused(p);
		if (p->refused == NULL || strcmp(p->refusal.msg, err.msg) != 0)
			log_warn(p->agent->name, "configuration refused rev=%s: %s", rev,
			    err.msg);
		if (p->refused == NULL)
			p->refused = json_incref(doc);
		p->refusal = err;
		uv_timer_start(&p->retry_timer, on_retry,
		    back_off(&p->retry_ms, RETRY_MIN_MS, RETRY_MAX_MS), 0);
	}
	pull_status_changed(p);
}

static void
on_retry(uv_timer_t *timer)
{
	struct pull *p = timer->data;
	json_t *doc = json_incref(p->refused);

	take(p, doc, 1);
	json_decref(doc);
}

/* NULL, or what is wrong with it. */
static const char *
flaw(const json_t *doc)
{
	const char *rev = json_str(doc, "rev");

	if (rev == NULL || rev[0] == '\0' || strlen(rev) > REV_MAX)
		return "no revision of 1 to 256 bytes";
	if (!json_is_object(json_get(doc, "config")))
		return "no configuration object";
	return NULL;
}

static void
on_config(struct pull *p, const struct http_answer *answer)
{
	struct err err;
	const char *bad;
	json_t *doc;

	if (json_read(answer->body, answer->len, &doc, &err) < 0) {
		went_away(p, 200, err.msg);
		return;
	}
	bad = flaw(doc);
	if (bad != NULL) {
		went_away(p, 200, bad);
	} else if (strcmp(json_str(doc, "rev"), p->seen) == 0) {
		went_away(p, 200, "the revision that we have was sent again");
	} else {
		take(p, doc, 1);
		came_back(p);
		poll_control(p);
	}
	json_decref(doc);
}

static void
on_polled(void *arg, const struct http_answer *answer)
{
	struct pull *p = arg;
	int64_t held = clock_monotonic_ms() - p->asked_ms;

	if (answer->status == 200) {
		on_config(p, answer);
	} else if (answer->status == 304) {
		came_back(p);
		/* A control that does not hold the answer must not be hurried. */
		if (held < (int64_t)p->asked_wait_s * 500)
			uv_timer_start(&p->poll_timer, on_poll_timer,
			    back_off(&p->backoff_ms, 1000, 2000), 0);
		else
			poll_control(p);
	} else if (answer->status == 401) {
		went_away(p, 401, "the token is not one of this control plane's");
	} else {
		went_away(p, answer->status,
		    answer->status == 0 ? answer->why : "not an answer of control's");
	}
}

static void
poll_control(struct pull *p)
{
	struct buf url;

	p->asked_wait_s = p->is_away ? 0 : PULL_WAIT_S;
	p->asked_ms = clock_monotonic_ms();
	buf_init(&url, 0);
	buf_printf(&url, "%s/_internal/container/config?rev=", p->endpoint);
	percent_encode(&url, p->seen, strlen(p->seen), 0);
	buf_printf(&url, "&wait=%d", p->asked_wait_s);
	http_start(p->http,
	    &(struct http_request){ .method = "GET",
		.url = buf_text(&url),
		.bearer = p->token,
		.source = p->source,
		.timeout_ms = p->asked_wait_s * 1000 + REQUEST_MS,
		.limit = PULL_CONFIG_LIMIT },
	    on_polled, p);
	buf_done(&url);
}

/* Life. */

static int
is_printable(const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s <= ' ' || *s > '~')
			return 0;
	}
	return 1;
}

static int
check(const struct pull_options *o, struct err *err)
{
	if (o->endpoint == NULL || !is_printable(o->endpoint) ||
	    (strncmp(o->endpoint, "http://", 7) != 0 &&
		strncmp(o->endpoint, "https://", 8) != 0))
		return err_set(err, &bad_options,
		    "SIMFRA_ENDPOINT is not an http(s) URL");
	if (o->token == NULL || o->token[0] == '\0' || !is_printable(o->token))
		return err_set(err, &bad_options, "SIMFRA_AGENT_TOKEN is not a token");
	if (o->source != NULL && !is_printable(o->source))
		return err_set(err, &bad_options, "SIMFRA_SOURCE is not an address");
	return 0;
}

static void
timer_init(struct pull *p, uv_timer_t *timer)
{
	uv_timer_init(p->loop, timer);
	timer->data = p;
	p->n_handles++;
}

int
pull_open(uv_loop_t *loop, const struct agent *agent, void *self,
    const struct pull_options *options, struct pull **ret, struct err *err)
{
	struct pull *p;
	size_t n;

	if (check(options, err) < 0)
		return -1;
	p = calloc(1, sizeof(*p));
	if (p == NULL || (p->endpoint = strdup(options->endpoint)) == NULL ||
	    (p->token = strdup(options->token)) == NULL ||
	    (options->source != NULL && (p->source = strdup(options->source)) == NULL))
		fatal("out of memory");
	for (n = strlen(p->endpoint); n > 0 && p->endpoint[n - 1] == '/'; n--)
		p->endpoint[n - 1] = '\0';
	p->loop = loop;
	p->agent = agent;
	p->self = self;
	p->keep = options->keep;
	p->is_away = 1;
	p->last_failure = -1;
	p->http = http_open(loop);
	timer_init(p, &p->poll_timer);
	timer_init(p, &p->retry_timer);
	timer_init(p, &p->push_timer);
	*ret = p;
	return 0;
}

void
pull_start(struct pull *p)
{
	json_t *doc;

	if (keep_load(p->keep, &doc)) {
		if (flaw(doc) == NULL)
			take(p, doc, 0);
		json_decref(doc);
	}
	poll_control(p);
}

static void
on_timer_closed(uv_handle_t *handle)
{
	struct pull *p = handle->data;

	if (--p->n_handles > 0)
		return;
	json_decref(p->refused);
	free(p->endpoint);
	free(p->token);
	free(p->source);
	free(p);
}

void
pull_close(struct pull *p)
{
	http_close(p->http);
	uv_close((uv_handle_t *)&p->poll_timer, on_timer_closed);
	uv_close((uv_handle_t *)&p->retry_timer, on_timer_closed);
	uv_close((uv_handle_t *)&p->push_timer, on_timer_closed);
}
