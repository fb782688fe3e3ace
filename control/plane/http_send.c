#include "control/plane/http_send.h"

#include <stddef.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"

enum {
	ONE_WRITE = 16 * 1024, /* larger bodies are not copied behind their heads */
	PART = 1 << 20,	       /* of a body that is given to the socket at once */
	STALL_MS = 60 * 1000,  /* how long a client may read nothing */
};

const char *
http_reason(int status)
{
	static const struct {
		int status;
		const char *text;
	} rows[] = { { 200, "OK" }, { 201, "Created" }, { 204, "No Content" },
		{ 206, "Partial Content" }, { 301, "Moved Permanently" },
		{ 302, "Found" }, { 303, "See Other" }, { 307, "Temporary Redirect" },
		{ 304, "Not Modified" }, { 400, "Bad Request" }, { 401, "Unauthorized" },
		{ 403, "Forbidden" }, { 404, "Not Found" }, { 405, "Method Not Allowed" },
		{ 408, "Request Timeout" }, { 409, "Conflict" },
		{ 411, "Length Required" }, { 415, "Unsupported Media Type" },
		{ 412, "Precondition Failed" }, { 413, "Content Too Large" },
		{ 416, "Range Not Satisfiable" },
		{ 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" }, { 501, "Not Implemented" },
		{ 503, "Service Unavailable" } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		if (rows[i].status == status)
			return rows[i].text;
	}
	return status < 400 ? "OK" : "Error";
}

static int
has_body(int status)
{
	return status != 204 && status != 304;
}

/* How the client learns where the body ends. */
enum framing { BY_LENGTH, BY_CHUNKS, BY_CLOSE };

static void
add_head(struct buf *out, const struct wire_reply *reply, enum framing framing,
    int close_it)
{
	char date[64];
	struct tm tm;
	time_t now = time(NULL);
	unsigned long long len = reply->body != NULL ? reply->body->len : 0;

	if (reply->stream != NULL && framing == BY_LENGTH)
		len += (uint64_t)reply->stream_length;
	gmtime_r(&now, &tm);
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	buf_printf(out, "HTTP/1.1 %d %s\r\nDate: %s\r\nServer: Simfra\r\n", reply->status,
	    http_reason(reply->status), date);
	for (size_t i = 0; i < reply->n_headers; i++)
		buf_printf(out, "%s: %s\r\n", reply->headers[i].name,
		    reply->headers[i].value);
	if (framing == BY_CHUNKS)
		buf_str(out, "Transfer-Encoding: chunked\r\n");
	else if (framing == BY_LENGTH && has_body(reply->status))
		buf_printf(out, "Content-Length: %llu\r\n", len);
	buf_printf(out, "Connection: %s\r\n\r\n", close_it ? "close" : "keep-alive");
}

/* Where a reply goes. */
struct outlet {
	struct wire_sink sink; /* for a body that is made while it is sent */
	struct mg_connection *conn;
	const atomic_int *ends;
	enum framing framing;
	int is_gone;
	uint64_t n_sent;
};

/*
 * All of it, while the client takes some now and then: 0 or -1.  civetweb writes nothing when the socket was full for
 * long, and at once when it stops.
 */
static int
write_all(const struct outlet *o, const void *p, size_t n)
{
	int64_t end = clock_monotonic_ms() + STALL_MS;
	const char *at = p;

	while (n > 0) {
		int rc = mg_write(o->conn, at, n < PART ? n : PART);

		if (rc < 0 ||
		    (rc == 0 && (clock_monotonic_ms() > end || atomic_load(o->ends))))
			return -1;
		if (rc > 0)
			end = clock_monotonic_ms() + STALL_MS;
		at += rc;
		n -= (size_t)rc;
	}
	return 0;
}

static struct outlet *
outlet_of(struct wire_sink *sink)
{
	return (struct outlet *)(void *)((char *)sink - offsetof(struct outlet, sink));
}

static int
write_chunk(const struct outlet *o, const void *p, size_t n)
{
	struct buf out;
	int rc;

	buf_init(&out, 0);
	buf_printf(&out, "%zx\r\n", n);
	if (n <= ONE_WRITE) {
		buf_add(&out, p, n);
		buf_add(&out, "\r\n", 2);
		rc = write_all(o, out.data, out.len);
	} else {
		rc = write_all(o, out.data, out.len) < 0 || write_all(o, p, n) < 0 ||
			write_all(o, "\r\n", 2) < 0 ?
		    -1 :
		    0;
	}
	buf_done(&out);
	return rc;
}

static int
sink_write(struct wire_sink *sink, const void *p, size_t n)
{
	struct outlet *o = outlet_of(sink);
	int rc;

	/* An empty chunk would be the last. */
	if (o->is_gone || n == 0)
		return o->is_gone ? -1 : 0;
	rc = o->framing == BY_CHUNKS ? write_chunk(o, p, n) : write_all(o, p, n);
	o->is_gone = rc < 0;
	o->n_sent += n;
	return rc;
}

static int
sink_is_over(struct wire_sink *sink)
{
	struct outlet *o = outlet_of(sink);

	return o->is_gone || atomic_load(o->ends);
}

/* What comes after the head: 0, or -1 when the connection is of no more use. */
static int
send_stream(struct outlet *o, const struct wire_reply *reply)
{
	if (reply->body != NULL &&
	    sink_write(&o->sink, buf_text(reply->body), reply->body->len) < 0)
		return -1;
	o->n_sent = 0;
	if (reply->stream(&o->sink, reply->stream_arg) < 0 || o->is_gone)
		return -1;
	if (o->framing == BY_CHUNKS)
		return write_all(o, "0\r\n\r\n", 5);
	return o->framing == BY_LENGTH && o->n_sent == (uint64_t)reply->stream_length ?
	    0 :
	    -1;
}

static enum framing
choose_framing(struct mg_connection *conn, const struct wire_reply *reply)
{
	const char *version = mg_get_request_info(conn)->http_version;

	if (reply->stream == NULL || reply->stream_length >= 0)
		return BY_LENGTH;
	return strcmp(version, "1.0") == 0 ? BY_CLOSE : BY_CHUNKS;
}

void
http_send(struct mg_connection *conn, const struct wire_reply *reply, int close_it,
    const atomic_int *ends)
{
	struct outlet o = { .sink = { sink_write, sink_is_over, reply->events },
		.conn = conn,
		.ends = ends,
		.framing = choose_framing(conn, reply) };
	int head_only = strcmp(mg_get_request_info(conn)->request_method, "HEAD") == 0;
	int has = has_body(reply->status) && !head_only;
	const struct buf *body = has && reply->stream == NULL ? reply->body : NULL;
	struct buf out;
	int rc;

	buf_init(&out, 0);
	add_head(&out, reply, o.framing, close_it || o.framing == BY_CLOSE);
	if (body != NULL && body->len <= ONE_WRITE) {
		buf_add(&out, body->data, body->len);
		body = NULL;
	}
	rc = write_all(&o, out.data, out.len);
	if (rc == 0 && body != NULL)
		rc = write_all(&o, body->data, body->len);
	if (rc == 0 && has && reply->stream != NULL)
		rc = send_stream(&o, reply);
	if (rc < 0)
		log_debug("http", "the client hung up");
	if (rc < 0 || o.framing == BY_CLOSE)
		mg_disable_connection_keep_alive(conn);
	buf_done(&out);
}
