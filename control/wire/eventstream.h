/*
 * application/vnd.amazon.eventstream: replies that are a sequence of framed events.
 *
 *	prelude            headers                     payload        checksum
 *	total length   4   name length 1, name         as the         CRC-32 of all
 *	headers length 4   type 1, value               protocol       before it 4
 *	CRC-32 of both 4   …                           says it
 *
 * What an event looks like is the model's: the members of the stream's union are its events and exceptions, their
 * members go into headers (eventheader), are the payload (eventpayload), or are together the payload's document.
 *
 * An operation answers so by call_stream() (api/call.h), and its producer says events by eventstream_send().
 *
 * Not emulated: streams of events in requests.
 */
#ifndef CONTROL_WIRE_EVENTSTREAM_H
#define CONTROL_WIRE_EVENTSTREAM_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "control/wire/wire.h"

enum {
	EVENTSTREAM_MAX_HEADERS = 16,
	EVENTSTREAM_MAX_PAYLOAD = 16 << 20, /* what clients take */
};

enum event_header_type {
	EVENT_TRUE,
	EVENT_FALSE,
	EVENT_BYTE,
	EVENT_SHORT,
	EVENT_INTEGER,
	EVENT_LONG,
	EVENT_BYTES,
	EVENT_STRING,
	EVENT_TIMESTAMP, /* n: milliseconds since the epoch */
	EVENT_UUID,	 /* s: 16 bytes */
};

struct event_header {
	const char *name; /* at most 255 bytes */
	enum event_header_type type;
	int64_t n;
	const char *s; /* of strings, bytes and UUIDs; at most 32,767 bytes */
	size_t len;
};

/* One frame, at the end of b. */
void eventstream_frame(struct buf *b, const struct event_header *headers, size_t n,
    const void *payload, size_t len);

/* The stream that an operation's output has, as its codec says it. */
struct eventstream {
	const struct model *m;
	uint16_t shape; /* the union of events */
	enum model_protocol protocol;
};

/* 1 and *ret, 0 when the operation has none. */
int eventstream_find(const struct model *m, const struct model_op *op,
    enum model_protocol protocol, struct eventstream *ret);

/* An event or an exception of the model ("Records") with its members, at the end of b. */
void eventstream_event(const struct eventstream *s, const char *name, const json_t *doc,
    struct buf *b);

/* An error that the model does not know ends the stream. */
void eventstream_error(const char *code, const char *message, struct buf *b);

/* eventstream_event() to the client, for producers: 0, or -1 when it is gone. */
int eventstream_send(struct wire_sink *sink, const char *name, const json_t *doc);

/*
 * Turn a reply, whole but for its events, into the start of a stream: the type, and for RPC protocols the event
 * "initial-response" with what was the body.
 */
void eventstream_begin(struct arena *a, const struct eventstream *s,
    struct wire_reply *reply);

#endif
