#include "control/services/ec2/network/flow_delivery.h"

#include <string.h>

#include "base/clock.h"
#include "control/services/ec2/network/flow_publish.h"
#include "control/services/ec2/network/flow_record.h"
#include "control/store/store.h"

#define MARK_KIND "ec2:flow-mark"
#define MARK_ID	  "netd"

enum { MAX_TRIES = 20, BUCKET_S = FLOW_BUCKET_S };

/* A minute of netd's, by interface. */
struct minute {
	struct arena *arena;
	struct store_txn *txn;
	json_t *rows, *watched, *skipped;
	int64_t from_s, until_s;
	/* Of the scope that is worked on: */
	const char *scope, *account, *region;
	struct store_docs interfaces, vpcs;
};

/* Is it news?  1 and the mark is written, 0, -1. */
static int
is_new(struct minute *m, const json_t *said, struct err *err)
{
	int64_t life = json_int(said, "life", 0), seq = json_int(said, "seq", 0);
	json_t *mark;
	int rc = store_edit(m->txn, STORE_SYSTEM, MARK_KIND, MARK_ID, &mark, err);

	if (rc < 0)
		return -1;
	if (rc == 0)
		mark = json_own(m->arena, json_new_object());
	else if (json_int(mark, "life", 0) == life && json_int(mark, "seq", 0) >= seq)
		return 0;
	json_set_int(mark, "life", life);
	json_set_int(mark, "seq", seq);
	store_put(m->txn, STORE_SYSTEM, MARK_KIND, MARK_ID, mark);
	return 1;
}

static json_t *
names_of(struct arena *a, const json_t *list)
{
	json_t *names = json_own(a, json_new_object());
	const json_t *v;
	size_t i;

	json_array_foreach(list, i, v) {
		if (json_is_string(v))
			json_set_bool(names, json_string_value(v), 1);
	}
	return names;
}

static void
read_minute(struct minute *m, const json_t *said)
{
	json_t *row;
	size_t i;

	m->watched = names_of(m->arena, json_get(said, "watched"));
	m->skipped = names_of(m->arena, json_get(said, "skipped"));
	m->from_s = json_int(said, "from", 0);
	m->until_s = json_int(said, "until", 0);
	m->rows = json_own(m->arena, json_new_object());
	json_array_foreach(json_get(said, "rows"), i, row) {
		const char *id = json_string_value(json_array_get(row, 0));

		if (id != NULL && json_array_size(row) == 11)
			json_add(json_need_array(m->rows, id), json_incref(row));
	}
}

/* Where */

static const char *
stamp(struct minute *m, int64_t bucket)
{
	char iso[32];

	clock_iso8601(bucket * BUCKET_S * 1000, 0, iso);
	return arena_strdup(m->arena, iso);
}

/* FNV-1a */
static unsigned
hash(const char *text)
{
	unsigned h = 2166136261U;

	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * 16777619U;
	return h;
}

static const char *
key_s3(struct minute *m, const json_t *log, int64_t bucket)
{
	const json_t *options = json_get(log, "DestinationOptions");
	const char *arn = json_str_or(log, "LogDestination", ""), *id,
		   *iso = stamp(m, bucket), *between;
	const char *where = strncmp(arn, "arn:aws:s3:::", 13) == 0 ? arn + 13 : arn;
	int hive = json_bool(options, "HiveCompatiblePartitions", 0),
	    hourly = json_bool(options, "PerHourPartition", 0);

	id = json_str_or(log, "FlowLogId", "");
	between = where[0] != '\0' && where[strlen(where) - 1] == '/' ? "" : "/";
	return arena_printf(m->arena,
	    "%s%sAWSLogs/%s%s/%svpcflowlogs/%s%s/%s%.4s/%s%.2s/%s%.2s/%s%.*s%s"
	    "%s_vpcflowlogs_%s_%s_%.4s%.2s%.2sT%.2s%.2sZ_%08x.log.gz",
	    where, between, hive ? "aws-account-id=" : "", m->account,
	    hive ? "aws-service=" : "", hive ? "aws-region=" : "", m->region,
	    hive ? "year=" : "", iso, hive ? "month=" : "", iso + 5, hive ? "day=" : "",
	    iso + 8, hourly && hive ? "hour=" : "", hourly ? 2 : 0, iso + 11,
	    hourly ? "/" : "", m->account, m->region, id, iso, iso + 5, iso + 8, iso + 11,
	    iso + 14, hash(arena_printf(m->arena, "%s %s", id, iso)));
}

/* The part of an ARN behind the word, up to a colon. */
static const char *
behind(struct minute *m, const char *arn, const char *word)
{
	const char *at = strstr(arn, word);

	at = at != NULL ? at + strlen(word) : arn;
	return arena_strndup(m->arena, at, strcspn(at, ":"));
}

static const char *
key_stream(struct minute *m, const json_t *log, const char *eni)
{
	const char *group = json_str(log, "LogGroupName"),
		   *arn = json_str_or(log, "LogDestination", ""),
		   *traffic = json_str_or(log, "TrafficType", "ALL");

	if (strcmp(json_str_or(log, "LogDestinationType", ""), "kinesis-data-firehose") ==
	    0)
		return behind(m, arn, "deliverystream/");
	if (group == NULL)
		group = behind(m, arn, ":log-group:");
	return arena_printf(m->arena, "%s/%s-%s", group, eni,
	    strcmp(traffic, "ACCEPT") == 0     ? "accept" :
		strcmp(traffic, "REJECT") == 0 ? "reject" :
						 "all");
}

/* Objects */

/* The object to write to: the last of the key and the time that has room. */
static json_t *
find_object(json_t *objects, const char *key, int64_t bucket, size_t more)
{
	for (size_t i = json_array_size(objects); i-- > 0;) {
		json_t *o = json_array_get(objects, i);

		if (json_int(o, "bucket", 0) == bucket &&
		    strcmp(json_str_or(o, "key", ""), key) == 0)
			return json_int(o, "bytes", 0) + (int64_t)more >
				FLOW_OBJECT_BYTES ?
			    NULL :
			    o;
	}
	return NULL;
}

static void
drop_oldest(struct minute *m, json_t *objects)
{
	int64_t bytes = 0;
	const json_t *o;
	size_t i;

	json_array_foreach(objects, i, o)
		bytes += json_int(o, "bytes", 0);
	while (json_array_size(objects) > 1 &&
	    (bytes > FLOW_LOG_BYTES || json_array_size(objects) > FLOW_OBJECTS_MAX)) {
		o = json_array_get(objects, 0);
		bytes -= json_int(o, "bytes", 0);
		store_delete(m->txn, m->scope, FLOW_OBJECT_KIND,
		    arena_strdup(m->arena, json_str_or(o, "id", "")));
		json_array_remove(objects, 0);
	}
}

static int
append(struct minute *m, json_t *log, const char *key, const char *text, int64_t lines,
    struct err *err)
{
	json_t *objects = json_need_array(log, "_objects"), *doc = NULL;
	int64_t bucket = m->from_s / BUCKET_S;
	size_t n = strlen(text);
	json_t *o = find_object(objects, key, bucket, n);
	const char *id, *old = "";
	int rc = 0;

	if (o == NULL) {
		int64_t number = json_int(log, "_n_objects", 0) + 1;

		json_set_int(log, "_n_objects", number);
		o = json_add_object(objects);
		json_set_fmt(o, "id", "%s.%lld", json_str_or(log, "FlowLogId", ""),
		    (long long)number);
		json_set_str(o, "key", key);
		json_set_int(o, "bucket", bucket);
	}
	id = arena_strdup(m->arena, json_str_or(o, "id", ""));
	rc = store_edit(m->txn, m->scope, FLOW_OBJECT_KIND, id, &doc, err);
	if (rc < 0)
		return -1;
	if (rc == 0)
		doc = json_own(m->arena, json_make("{s:s}", "id", id));
	old = json_str_or(doc, "text", "");
	json_set_fmt(doc, "text", "%s%s", old, text);
	json_set_int(o, "lines", json_int(o, "lines", 0) + lines);
	json_set_int(o, "bytes", json_int(o, "bytes", 0) + (int64_t)n);
	store_put(m->txn, m->scope, FLOW_OBJECT_KIND, id, doc);
	drop_oldest(m, objects);
	return 0;
}

/* Lines */

static const json_t *
vpc_of(const struct minute *m, const json_t *interface)
{
	const char *id = json_str_or(interface, "VpcId", "");

	for (size_t i = 0; i < m->vpcs.n; i++) {
		if (strcmp(json_str_or(m->vpcs.doc[i], "VpcId", ""), id) == 0)
			return m->vpcs.doc[i];
	}
	return NULL;
}

static int
is_of(const json_t *log, const json_t *interface)
{
	static const char *const members[] = { "NetworkInterfaceId", "SubnetId",
		"VpcId" };
	const char *id = json_str_or(log, "ResourceId", "?");

	for (size_t i = 0; i < COUNT(members); i++) {
		if (strcmp(json_str_or(interface, members[i], ""), id) == 0)
			return 1;
	}
	return 0;
}

static int
wants(const json_t *log, int is_refused)
{
	const char *traffic = json_str_or(log, "TrafficType", "ALL");

	return strcmp(traffic, "ALL") == 0 ||
	    strcmp(traffic, is_refused ? "REJECT" : "ACCEPT") == 0;
}

/* How many lines the interface has in the minute: at least one. */
static int64_t
add_lines(const struct minute *m, const json_t *log, const json_t *interface,
    struct buf *out)
{
	const char *id = json_str_or(interface, "NetworkInterfaceId", ""),
		   *format = json_str_or(log, "LogFormat", "");
	struct flow_line l = { .account = m->account,
		.region = m->region,
		.interface = interface,
		.vpc = vpc_of(m, interface),
		.from_s = m->from_s,
		.until_s = m->until_s };
	int is_skipped = json_get(m->skipped, id) != NULL;
	int64_t n = 0;
	size_t i;

	json_array_foreach(json_get(m->rows, id), i, l.row) {
		for (l.is_refused = 0; l.is_refused < 2; l.is_refused++) {
			if (!wants(log, l.is_refused) ||
			    json_integer_value(
				json_array_get(l.row, l.is_refused ? 9 : 7)) <= 0)
				continue;
			flow_record_add(out, format, &l);
			n++;
		}
	}
	if (n == 0 || is_skipped) {
		l.status = is_skipped ? FLOW_SKIPDATA : FLOW_NODATA;
		l.row = NULL;
		flow_record_add(out, format, &l);
		n++;
	}
	return n;
}

static int
write_log(struct minute *m, const char *id, struct err *err)
{
	struct buf *out = buf_new(m->arena, 0);
	int64_t n = 0, bucket = m->from_s / BUCKET_S;
	const char *key;
	json_t *log;
	int is_s3, rc = store_edit(m->txn, m->scope, FLOW_LOG_KIND, id, &log, err);

	if (rc <= 0)
		return rc;
	is_s3 = strcmp(json_str_or(log, "LogDestinationType", ""), "s3") == 0;
	key = is_s3 ? key_s3(m, log, bucket) : "";
	for (size_t i = 0; i < m->interfaces.n; i++) {
		const json_t *eni = m->interfaces.doc[i];
		const char *name = json_str_or(eni, "NetworkInterfaceId", "");

		if (!is_of(log, eni) || json_get(m->watched, name) == NULL)
			continue;
		if (is_s3 && n == 0 &&
		    find_object(json_get(log, "_objects"), key, bucket, 0) == NULL)
			flow_record_header(out, json_str_or(log, "LogFormat", ""));
		n += add_lines(m, log, eni, out);
		if (is_s3)
			continue;
		if (append(m, log, key_stream(m, log, name), buf_text(out), n, err) < 0)
			return -1;
		buf_reset(out);
	}
	if (n == 0)
		return 0;
	if (is_s3 && append(m, log, key, buf_text(out), n, err) < 0)
		return -1;
	store_put(m->txn, m->scope, FLOW_LOG_KIND, id, log);
	return 0;
}

static int
write_scope(struct minute *m, struct err *err)
{
	size_t n = strcspn(m->scope, ":");
	struct store_docs logs;

	m->account = arena_strndup(m->arena, m->scope, n);
	m->region = m->scope + n + (m->scope[n] == ':');
	if (store_list(m->txn, m->scope, FLOW_LOG_KIND, &logs, err) < 0 ||
	    store_list(m->txn, m->scope, "ec2:network-interface", &m->interfaces, err) <
		0 ||
	    store_list(m->txn, m->scope, "ec2:vpc", &m->vpcs, err) < 0)
		return -1;
	for (size_t i = 0; i < logs.n; i++) {
		if (write_log(m, json_str_or(logs.doc[i], "FlowLogId", ""), err) < 0)
			return -1;
	}
	return 0;
}

/* 1 done, 0 conflict, -1. */
static int
take_once(const struct agent_ref *agent, const json_t *said, struct err *err)
{
	struct minute m = { .arena = agent->arena,
		.txn = store_begin(agent->env->store, agent->arena) };
	const json_t *scope;
	json_t *scopes;
	size_t i;
	int rc = is_new(&m, said, err);

	if (rc <= 0)
		return rc < 0 ? -1 : 1;
	read_minute(&m, said);
	if (store_scopes(m.txn, FLOW_LOG_KIND, &scopes, err) < 0)
		return -1;
	json_array_foreach(scopes, i, scope) {
		m.scope = json_string_value(scope);
		if (write_scope(&m, err) < 0)
			return -1;
	}
	return store_commit(m.txn, err);
}

int
flow_delivery_take(const struct agent_ref *agent, const json_t *said, struct err *err)
{
	int rc = 0;

	if (!json_is_object(said))
		return 0;
	for (int try = 0; try < MAX_TRIES && rc == 0; try++)
		rc = take_once(agent, said, err);
	if (rc == 0)
		return err_set(err, &err_unavailable, "too many conflicts");
	if (rc < 0)
		return -1;
	return flow_publish(agent->env, agent->arena, json_int(said, "until", 0), err);
}
