/*
 * S3: events on their way: each bucket that notifies has an outbox, which the reconciler empties into the targets.
 *
 * A target whose service is not there yet gets its events when it is: at the latest when a control plane starts that
 * has it.  One that is refused is tried for a day, ever more seldom.
 */
#include <string.h>

#include "control/api/converge.h"
#include "control/api/outbox.h"
#include "control/services/s3/event.h"
#include "control/services/s3/logging.h"
#include "control/services/s3/replication.h"
#include "control/services/s3/s3.h"

enum {
	SPAN = 200,
	FIRST_MS = 1000,
	MAX_MS = 300000,
	GIVE_UP_MS = 86400000,
};

struct pass {
	struct converge *cv;
	const char *id;	   /* of the event that is written */
	const char *state; /* to set; NULL: try again */
	size_t n;	   /* events there are */
	size_t n_drop;	   /* oldest ones to remove */
};

/* Each event of the bucket, the oldest first: stops when fn is not 0, and returns that. */
typedef int event_fn(void *arg, const json_t *event, struct err *err);

static int
each_event(struct env *env, struct arena *a, const char *scope, const char *bucket,
    event_fn *fn, void *arg, struct err *err)
{
	struct store_span span = { .limit = SPAN, .is_after = 1 };
	struct store_docs docs;
	int rc = 0;

	span.prefix = arena_printf(a, "%s/", bucket);
	do {
		struct store_txn *t = store_begin(env->store, a);

		if (store_range(t, scope, S3_EVENT, &span, &docs, err) < 0)
			return -1;
		for (size_t i = 0; i < docs.n && rc == 0; i++)
			rc = fn(arg, docs.doc[i], err);
		if (docs.n > 0)
			span.from = json_str_or(docs.doc[docs.n - 1], "_id", "");
	} while (docs.n == SPAN && rc == 0);
	return rc;
}

/* Delivery */

static int
write_state(struct call *c, void *arg)
{
	const struct pass *p = arg;
	int64_t tries, wait = FIRST_MS;
	json_t *doc;
	int rc = store_edit(c->txn, c->scope, S3_EVENT, p->id, &doc, &c->err);

	if (rc <= 0)
		return rc;
	if (p->state != NULL) {
		json_set_str(doc, "state", p->state);
	} else {
		tries = json_int(doc, "_tries", 0);
		for (int64_t i = 0; i < tries && wait < MAX_MS; i++)
			wait *= 2;
		json_set_int(doc, "_tries", tries + 1);
		json_set_int(doc, "_next_ms",
		    c->now_ms + (wait < MAX_MS ? wait : MAX_MS));
	}
	store_put(c->txn, c->scope, S3_EVENT, p->id, doc);
	return 0;
}

static void
ask_again(struct converge *cv, int64_t after_ms)
{
	if (cv->again_ms == 0 || after_ms < cv->again_ms)
		cv->again_ms = after_ms;
}

static int
deliver(void *arg, const json_t *event, struct err *err)
{
	struct pass *p = arg;
	struct converge *cv = p->cv;
	struct err why = { .kind = NULL };
	struct outbox_message m = {
		.sender = "s3.amazonaws.com",
		.source = arena_printf(cv->arena, "arn:aws:s3:::%s", cv->id),
		.source_account = cv->account,
		.target = json_str_or(event, "target", ""),
		.body = json_get(event, "message"),
	};
	int64_t next = json_int(event, "_next_ms", 0);
	int rc;

	p->n++;
	if (strcmp(json_str_or(event, "state", ""), "recorded") != 0 ||
	    !outbox_has_target(cv->env, m.target))
		return 0;
	if (next > cv->now_ms) {
		ask_again(cv, next - cv->now_ms);
		return 0;
	}
	rc = outbox_deliver(cv->env, cv->arena, &m, &why);
	p->id = json_str_or(event, "_id", "");
	p->state = rc > 0 ? "delivered" : NULL;
	if (rc <= 0 && cv->now_ms - json_int(event, "at", 0) > GIVE_UP_MS)
		p->state = "failed";
	if (p->state == NULL)
		ask_again(cv, FIRST_MS);
	return converge_transaction(cv, write_state, p, err);
}

/* The oldest go */

static int
remove_event(struct call *c, void *arg)
{
	const struct pass *p = arg;

	store_delete(c->txn, c->scope, S3_EVENT, p->id);
	return 0;
}

static int
trim(void *arg, const json_t *event, struct err *err)
{
	struct pass *p = arg;

	if (p->n_drop == 0)
		return 1;
	p->n_drop--;
	p->id = json_str_or(event, "_id", "");
	return converge_transaction(p->cv, remove_event, p, err);
}

static int
converge(struct converge *cv, struct err *err)
{
	struct pass p = { .cv = cv };

	if (cv->doc == NULL)
		return 0;
	if (s3_replicate_all(cv, err) < 0 || s3_deliver_logs(cv, err) < 0 ||
	    each_event(cv->env, cv->arena, cv->scope, cv->id, deliver, &p, err) < 0)
		return -1;
	if (p.n <= S3_EVENTS)
		return 0;
	p.n_drop = p.n - S3_EVENTS;
	return each_event(cv->env, cv->arena, cv->scope, cv->id, trim, &p, err) < 0 ? -1 :
										      0;
}

/* An event concerns its bucket's outbox. */
static int
event_changed(struct converge *cv, struct err *err UNUSED)
{
	if (cv->doc != NULL)
		cv->wake(cv, cv->scope, S3_OUTBOX,
		    arena_strndup(cv->arena, cv->id, strcspn(cv->id, "/")));
	return 0;
}

static const struct watch watches[] = { { S3_EVENT, event_changed },
	{ S3_LOG, event_changed }, { S3_REPLICA, event_changed }, { NULL, NULL } };

static const struct resource outbox = {
	.service = "s3",
	.kind = S3_OUTBOX,
	.type = "outbox",
	.id_member = "Bucket",
	.list_member = "Buckets",
	.noun = "bucket",
	.not_found = &s3_no_bucket,
	.no_tags = 1,
	.converge = converge,
	.watches = watches,
};

static const struct resource *const resources[] = { &outbox, NULL };

const struct family s3_event_delivery = { .resources = resources };

/* With the bucket */

int
s3_outbox_open(struct call *c, const json_t *bucket)
{
	const char *name = json_str_or(bucket, "Name", "");
	json_t *old;
	int rc = store_get(c->txn, s3_scope(c, bucket), S3_OUTBOX, name, &old, &c->err);

	if (rc == 0)
		store_put(c->txn, s3_scope(c, bucket), S3_OUTBOX, name,
		    json_own(c->arena, json_make("{s:s}", "Bucket", name)));
	return rc < 0 ? -1 : 0;
}

static int
drop_all(struct call *c, const char *scope, const char *kind, const char *name)
{
	struct store_span span = { .limit = SPAN, .is_after = 1 };
	struct store_docs docs;

	span.prefix = arena_printf(c->arena, "%s/", name);
	do {
		if (store_range(c->txn, scope, kind, &span, &docs, &c->err) < 0)
			return -1;
		for (size_t i = 0; i < docs.n; i++) {
			span.from = json_str_or(docs.doc[i], "_id", "");
			store_delete(c->txn, scope, kind, span.from);
		}
	} while (docs.n == SPAN);
	return 0;
}

int
s3_events_drop(struct call *c, const json_t *bucket)
{
	const char *name = json_str_or(bucket, "Name", ""), *scope = s3_scope(c, bucket);

	if (drop_all(c, scope, S3_EVENT, name) < 0 ||
	    drop_all(c, scope, S3_LOG, name) < 0 ||
	    drop_all(c, scope, S3_REPLICA, name) < 0)
		return -1;
	store_delete(c->txn, scope, S3_OUTBOX, name);
	return 0;
}

/* The admin door */

static int
show(void *arg, const json_t *event, struct err *err UNUSED)
{
	json_t *row = json_copy_deep(event);
	char at[32];

	clock_iso8601(json_int(event, "at", 0), 1, at);
	json_del(row, "_id");
	json_del(row, "_rev");
	json_del(row, "_next_ms");
	json_set_int(row, "tries", json_int(event, "_tries", 0));
	json_del(row, "_tries");
	json_set_str(row, "at", at);
	json_add(arg, row);
	return 0;
}

int
s3_events_list(struct env *env, struct arena *a, const char *bucket, json_t **ret,
    struct err *err)
{
	struct store_txn *t = store_begin(env->store, a);
	json_t *rows = json_own(a, json_new_array()), *entry;
	int rc = store_get(t, STORE_SYSTEM, "s3:bucket-name", bucket, &entry, err);
	size_t n;

	if (rc <= 0)
		return rc;
	if (each_event(env, a, arena_printf(a, "%s:-", json_str_or(entry, "account", "")),
		bucket, show, rows, err) < 0)
		return -1;
	n = json_array_size(rows);
	while (n-- > S3_EVENTS)
		json_array_remove(rows, 0);
	*ret = json_own(a, json_make("{s:O}", "events", rows));
	return 1;
}
