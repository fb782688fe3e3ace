#include "control/services/ec2/network/flow_publish.h"

#include <assert.h>
#include <string.h>
#include <zlib.h>

#include "base/log.h"
#include "control/services/ec2/network/flow_delivery.h"

enum { GZIP = 16, CHUNK = 16 << 10, MAX_TRIES = 20 };

void
flow_publish_to(struct arena *a, const char *account, const char *region,
    const json_t *log, struct s3_delivery *ret, const char **ret_root)
{
	static const char head[] = "arn:aws:s3:::";
	const char *arn = json_str_or(log, "LogDestination", ""), *prefix;
	size_t n;

	if (strncmp(arn, head, sizeof(head) - 1) == 0)
		arn += sizeof(head) - 1;
	n = strcspn(arn, "/");
	prefix = arn[n] == '/' ? arn + n + 1 : "";
	*ret = (struct s3_delivery){
		.service = "delivery.logs.amazonaws.com",
		.account = account,
		.region = region,
		.source = arena_printf(a, "arn:aws:logs:%s:%s:*", region, account),
		.bucket = arena_strndup(a, arn, n),
	};
	*ret_root = arena_printf(a, "%s%sAWSLogs/%s%s/", prefix,
	    prefix[0] != '\0' && prefix[strlen(prefix) - 1] != '/' ? "/" : "",
	    json_bool(json_get(log, "DestinationOptions"), "HiveCompatiblePartitions",
		0) ?
		"aws-account-id=" :
		"",
	    account);
}

static void
compress_into(struct buf *out, const struct buf *text)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	unsigned char *room = arena_alloc(a, CHUNK);
	z_stream z = { 0 };
	int rc = deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + GZIP, 8,
	    Z_DEFAULT_STRATEGY);

	assert(rc == Z_OK);
	z.next_in = (z_const Bytef *)(uintptr_t)text->data;
	z.avail_in = (uInt)text->len;
	do {
		z.next_out = room;
		z.avail_out = CHUNK;
		rc = deflate(&z, Z_FINISH);
		buf_add(out, room, CHUNK - z.avail_out);
	} while (rc == Z_OK);
	deflateEnd(&z);
}

/* One flow log that is worked on. */
struct publishing {
	struct env *env;
	struct arena *a;
	const char *scope, *account, *region;
	int64_t now_s;
	json_t *done; /* keys that were published */
	int is_refused;
};

static int
is_due(const struct publishing *p, const json_t *object)
{
	return !json_bool(object, "is_published", 0) &&
	    (json_int(object, "bucket", 0) + 1) * FLOW_BUCKET_S <= p->now_s;
}

/* The text of all objects with the key. */
static int
text_of(const struct publishing *p, const json_t *log, const char *key, struct buf *out,
    struct err *err)
{
	struct store_txn *t = store_begin(p->env->store, p->a);
	const json_t *o;
	json_t *doc;
	size_t i;

	json_array_foreach(json_get(log, "_objects"), i, o) {
		int rc = strcmp(json_str_or(o, "key", ""), key) == 0 ?
		    store_get(t, p->scope, FLOW_OBJECT_KIND, json_str_or(o, "id", ""),
			&doc, err) :
		    0;

		if (rc < 0)
			return -1;
		if (rc > 0)
			buf_str(out, json_str_or(doc, "text", ""));
	}
	return 0;
}

static int
publish_key(struct publishing *p, const json_t *log, const char *key, struct err *err)
{
	struct buf *text = buf_new(p->a, 0), *file = buf_new(p->a, 0);
	struct s3_delivery to;
	struct err refused;
	const char *root;

	flow_publish_to(p->a, p->account, p->region, log, &to, &root);
	to.key = key + strlen(to.bucket) + 1;
	if (text_of(p, log, key, text, err) < 0)
		return -1;
	compress_into(file, text);
	if (s3_deliver(p->env, p->a, &to, file->data, file->len, &refused) == 0) {
		json_set_bool(p->done, key, 1);
		return 0;
	}
	if (refused.kind->status >= 500) {
		*err = refused;
		return -1;
	}
	log_debug("ec2", "%s is not published: %s", key, refused.msg);
	p->is_refused = 1;
	return 0;
}

/* What has become of it, in the flow log: 1 done, 0 conflict, -1. */
static int
mark_once(const struct publishing *p, const char *id, struct err *err)
{
	struct store_txn *t = store_begin(p->env->store, p->a);
	json_t *log, *o;
	size_t i;
	int rc = store_edit(t, p->scope, FLOW_LOG_KIND, id, &log, err);

	if (rc <= 0)
		return rc < 0 ? -1 : 1;
	json_array_foreach(json_get(log, "_objects"), i, o) {
		if (json_get(p->done, json_str_or(o, "key", "")) != NULL)
			json_set_bool(o, "is_published", 1);
	}
	json_set_str(log, "DeliverLogsStatus", p->is_refused ? "FAILED" : "SUCCESS");
	if (p->is_refused)
		json_set_str(log, "DeliverLogsErrorMessage", "Access error");
	else
		json_del(log, "DeliverLogsErrorMessage");
	store_put(t, p->scope, FLOW_LOG_KIND, id, log);
	return store_commit(t, err);
}

static int
publish_log(struct publishing *p, const json_t *log, struct err *err)
{
	const json_t *o;
	size_t i;
	int rc = 0, n = 0;

	if (strcmp(json_str_or(log, "LogDestinationType", ""), "s3") != 0)
		return 0;
	p->done = json_own(p->a, json_new_object());
	p->is_refused = 0;
	json_array_foreach(json_get(log, "_objects"), i, o) {
		const char *key = json_str_or(o, "key", "");

		if (!is_due(p, o) || json_get(p->done, key) != NULL)
			continue;
		n++;
		if (publish_key(p, log, key, err) < 0)
			return -1;
	}
	for (int try = 0; n > 0 && try < MAX_TRIES && rc == 0; try++)
		rc = mark_once(p, json_str_or(log, "FlowLogId", ""), err);
	return rc < 0 ? -1 : 0;
}

int
flow_publish(struct env *env, struct arena *a, int64_t now_s, struct err *err)
{
	struct publishing p = { .env = env, .a = a, .now_s = now_s };
	struct store_txn *t = store_begin(env->store, a);
	struct store_docs logs;
	const json_t *scope;
	json_t *scopes;
	size_t i;

	if (store_scopes(t, FLOW_LOG_KIND, &scopes, err) < 0)
		return -1;
	json_array_foreach(scopes, i, scope) {
		size_t n;

		p.scope = json_string_value(scope);
		n = strcspn(p.scope, ":");
		p.account = arena_strndup(a, p.scope, n);
		p.region = p.scope + n + (p.scope[n] == ':');
		if (store_list(t, p.scope, FLOW_LOG_KIND, &logs, err) < 0)
			return -1;
		for (size_t k = 0; k < logs.n; k++) {
			if (publish_log(&p, logs.doc[k], err) < 0)
				return -1;
		}
	}
	return 0;
}
