/*
 * Streams of events: frames byte for byte, and events of real models in each protocol, read back by a reader that
 * shares nothing with the writer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/enc.h"
#include "control/wire/eventstream.h"
#include "models/tables.h"
#include "tests/codec/frames.h"

static int
begin(void **state)
{
	*state = arena_new();
	return 0;
}

static int
end(void **state)
{
	arena_free(*state);
	return 0;
}

static const char *
hex_of(struct arena *a, const struct buf *b)
{
	char *out = arena_alloc(a, 2 * b->len + 1);

	hex_encode(b->data, b->len, out);
	return out;
}

/* The vectors that AWS's SDKs share: nothing, a payload alone, one header, all types of headers. */
static void
frames_are_as_the_sdks_vectors_have_them(void **state)
{
	static const struct event_header number = { .name = "event-type",
		.type = EVENT_INTEGER,
		.n = 40972 };
	static const struct event_header type = { .name = "content-type",
		.type = EVENT_STRING,
		.s = "application/json",
		.len = 16 };
	static const struct {
		const struct event_header *headers;
		size_t n;
		const char *payload, *hex;
	} cases[] = {
		{ NULL, 0, "", "000000100000000005c248eb7d98c8ff" },
		{ NULL, 0, "{'foo':'bar'}",
		    "0000001d00000000fd528c5a7b27666f6f273a27626172277dc3653936" },
		{ &type, 1, "{'foo':'bar'}",
		    "0000003d0000002007fd83960c636f6e74656e742d747970650700106170706c696361"
		    "74696f6e2f6a736f6e7b27666f6f273a27626172277d8d9c08b1" },
		{ &number, 1, "{'foo':'bar'}",
		    "0000002d0000001041c424b80a6576656e742d74797065040000a00c7b27666f6f273a"
		    "27626172277d36f480a0" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf *b = buf_new(*state, 0);

		eventstream_frame(b, cases[i].headers, cases[i].n, cases[i].payload,
		    strlen(cases[i].payload));
		assert_string_equal(hex_of(*state, b), cases[i].hex);
	}
}

static void
headers_of_all_types_are_read_back(void **state)
{
	static const struct event_header headers[] = {
		{ .name = "t", .type = EVENT_TRUE },
		{ .name = "f", .type = EVENT_FALSE },
		{ .name = "byte", .type = EVENT_BYTE, .n = -49 },
		{ .name = "short", .type = EVENT_SHORT, .n = -30000 },
		{ .name = "int", .type = EVENT_INTEGER, .n = -2000000000 },
		{ .name = "long", .type = EVENT_LONG, .n = INT64_MIN },
		{ .name = "bytes", .type = EVENT_BYTES, .s = "\1\2", .len = 2 },
		{ .name = "text", .type = EVENT_STRING, .s = "\xc3\xa9", .len = 2 },
		{ .name = "time", .type = EVENT_TIMESTAMP, .n = 8675309 },
		{ .name = "uuid",
		    .type = EVENT_UUID,
		    .s = "0123456789abcdef",
		    .len = 16 },
	};
	struct buf *b = buf_new(*state, 0);
	json_t *frames;

	eventstream_frame(b, headers, COUNT(headers), "x", 1);
	frames = frames_read(*state, b->data, b->len);
	assert_string_equal(json_text(*state, frames),
	    "[{\"headers\":{\"t\":true,\"f\":false,\"byte\":-49,\"short\":-30000,"
	    "\"int\":-2000000000,\"long\":-9223372036854775808,\"bytes\":\"AQI=\","
	    "\"text\":\"\xc3\xa9\",\"time\":8675309,\"uuid\":\"MDEyMzQ1Njc4OWFiY2RlZg==\"},"
	    "\"payload\":\"eA==\"}]");
}

static json_t *
parse(struct arena *a, const char *text)
{
	struct err err = { 0 };
	json_t *v;

	assert_int_equal(json_read_in(a, text, strlen(text), &v, &err), 0);
	return v;
}

/* The only frame: its headers as JSON, and its payload as text. */
static void
one_frame(struct arena *a, const struct buf *b, const char *headers, const char *payload)
{
	json_t *frames = frames_read(a, b->data, b->len);
	const json_t *frame = json_array_get(frames, 0);
	unsigned char *bytes;
	const char *text;
	size_t n;

	assert_int_equal(json_array_size(frames), 1);
	assert_string_equal(json_text(a, json_get(frame, "headers")), headers);
	text = json_str(frame, "payload");
	assert_true(base64_decode(a, text, strlen(text), &bytes, &n));
	assert_string_equal(arena_strndup(a, (const char *)bytes, n), payload);
}

static const struct {
	const char *model, *op, *event, *doc, *headers, *payload;
} events[] = {
	{ "s3", "SelectObjectContent", "Records", "{\"Payload\":\"YSxiCg==\"}",
	    "{\":message-type\":\"event\",\":event-type\":\"Records\","
	    "\":content-type\":\"application/octet-stream\"}",
	    "a,b\n" },
	{ "s3", "SelectObjectContent", "Stats",
	    "{\"Details\":{\"BytesScanned\":5,\"BytesReturned\":4}}",
	    "{\":message-type\":\"event\",\":event-type\":\"Stats\","
	    "\":content-type\":\"text/xml\"}",
	    "<Stats><BytesScanned>5</BytesScanned><BytesReturned>4</BytesReturned></Stats>" },
	{ "s3", "SelectObjectContent", "End", "{}",
	    "{\":message-type\":\"event\",\":event-type\":\"End\"}", "" },
	{ "lambda", "InvokeWithResponseStream", "PayloadChunk",
	    "{\"Payload\":\"aGVsbG8=\"}",
	    "{\":message-type\":\"event\",\":event-type\":\"PayloadChunk\","
	    "\":content-type\":\"application/octet-stream\"}",
	    "hello" },
	{ "lambda", "InvokeWithResponseStream", "InvokeComplete",
	    "{\"ErrorCode\":\"Timeout\",\"_private\":1}",
	    "{\":message-type\":\"event\",\":event-type\":\"InvokeComplete\","
	    "\":content-type\":\"application/json\"}",
	    "{\"ErrorCode\":\"Timeout\"}" },
	{ "logs", "StartLiveTail", "sessionUpdate",
	    "{\"sessionMetadata\":{\"sampled\":false},\"sessionResults\":"
	    "[{\"message\":\"m\",\"timestamp\":1767225600000}]}",
	    "{\":message-type\":\"event\",\":event-type\":\"sessionUpdate\","
	    "\":content-type\":\"application/json\"}",
	    "{\"sessionMetadata\":{\"sampled\":false},\"sessionResults\":"
	    "[{\"message\":\"m\",\"timestamp\":1767225600000}]}" },
	{ "logs", "StartLiveTail", "SessionTimeoutException", "{\"message\":\"over\"}",
	    "{\":message-type\":\"exception\","
	    "\":exception-type\":\"SessionTimeoutException\","
	    "\":content-type\":\"application/json\"}",
	    "{\"message\":\"over\"}" },
};

static void
events_are_what_the_model_says(void **state)
{
	for (size_t i = 0; i < COUNT(events); i++) {
		const struct model *m = model_find(events[i].model);
		struct buf *b = buf_new(*state, 0);
		struct eventstream s;

		assert_true(eventstream_find(m, model_op_find(m, events[i].op),
		    model_protocol(m), &s));
		eventstream_event(&s, events[i].event, parse(*state, events[i].doc), b);
		one_frame(*state, b, events[i].headers, events[i].payload);
	}
}

/* No model of ours has members in headers yet; one of botocore's form. */
static const char with_headers[] =
    "{\"metadata\":{\"protocol\":\"smithy-rpc-v2-cbor\",\"endpointPrefix\":\"x\"},"
    "\"operations\":{\"Watch\":{\"output\":{\"shape\":\"Out\"}}},\"shapes\":{"
    "\"Out\":{\"type\":\"structure\",\"members\":{\"events\":{\"shape\":\"Events\"}}},"
    "\"Events\":{\"type\":\"structure\",\"eventstream\":true,\"members\":{"
    "\"Tick\":{\"shape\":\"Tick\"}}},"
    "\"Tick\":{\"type\":\"structure\",\"event\":true,\"members\":{"
    "\"on\":{\"shape\":\"Bool\",\"eventheader\":true},"
    "\"n\":{\"shape\":\"Int\",\"eventheader\":true},"
    "\"l\":{\"shape\":\"Long\",\"eventheader\":true},"
    "\"s\":{\"shape\":\"Str\",\"eventheader\":true},"
    "\"b\":{\"shape\":\"Blob\",\"eventheader\":true},"
    "\"at\":{\"shape\":\"Time\",\"eventheader\":true},"
    "\"gone\":{\"shape\":\"Str\",\"eventheader\":true},"
    "\"text\":{\"shape\":\"Str\",\"eventpayload\":true}}},"
    "\"Bool\":{\"type\":\"boolean\"},\"Int\":{\"type\":\"integer\"},\"Long\":{\"type\":\"long\"},"
    "\"Str\":{\"type\":\"string\"},\"Blob\":{\"type\":\"blob\"},\"Time\":{\"type\":\"timestamp\"}}}";

static void
members_go_into_headers_where_the_model_says_so(void **state)
{
	struct buf *b = buf_new(*state, 0);
	struct eventstream s;
	struct err err = { 0 };
	struct model *m;

	assert_int_equal(model_load(*state, parse(*state, with_headers), &m, &err), 0);
	assert_true(eventstream_find(m, model_op_at(m, 0), PROTOCOL_RPC_CBOR, &s));
	eventstream_event(&s, "Tick",
	    parse(*state,
		"{\"on\":true,\"n\":-1,\"l\":4294967296,\"s\":\"x\",\"b\":\"AAE=\","
		"\"at\":1.5,\"text\":\"hi\"}"),
	    b);
	one_frame(*state, b,
	    "{\":message-type\":\"event\",\":event-type\":\"Tick\",\"on\":true,\"n\":-1,"
	    "\"l\":4294967296,\"s\":\"x\",\"b\":\"AAE=\",\"at\":1500,"
	    "\":content-type\":\"text/plain\"}",
	    "hi");
}

static void
an_error_that_no_model_knows_ends_a_stream(void **state)
{
	struct buf *b = buf_new(*state, 0);

	eventstream_error("InternalError", "It broke.", b);
	one_frame(*state, b,
	    "{\":message-type\":\"error\",\":error-code\":\"InternalError\","
	    "\":error-message\":\"It broke.\"}",
	    "");
}

static int
nothing(struct wire_sink *sink UNUSED, void *arg UNUSED)
{
	return 0;
}

static const char *
header_of(const struct wire_reply *reply, const char *name)
{
	for (size_t i = 0; i < reply->n_headers; i++) {
		if (strcasecmp(reply->headers[i].name, name) == 0)
			return reply->headers[i].value;
	}
	return NULL;
}

static void
start_stream(struct arena *a, const char *model, const char *op, const char *out,
    struct wire_reply *reply)
{
	const struct model *m = model_find(model);

	*reply = (struct wire_reply){ .stream = nothing, .stream_length = -1 };
	wire_encode(a, m, model_op_find(m, op), parse(a, out), "id", reply);
	assert_non_null(reply->events);
	assert_string_equal(header_of(reply, "Content-Type"),
	    "application/vnd.amazon.eventstream");
}

/* RPC protocols say the other members of the output in a first event; with the others they are headers. */
static void
a_reply_becomes_the_start_of_its_stream(void **state)
{
	struct wire_reply reply;

	start_stream(*state, "logs", "StartLiveTail", "{}", &reply);
	one_frame(*state, reply.body,
	    "{\":message-type\":\"event\",\":event-type\":\"initial-response\","
	    "\":content-type\":\"application/json\"}",
	    "{}");

	start_stream(*state, "lambda", "InvokeWithResponseStream",
	    "{\"StatusCode\":200,\"ExecutedVersion\":\"7\"}", &reply);
	assert_int_equal(reply.body->len, 0);
	assert_string_equal(header_of(&reply, "X-Amz-Executed-Version"), "7");

	start_stream(*state, "s3", "SelectObjectContent", "{}", &reply);
	assert_int_equal(reply.body->len, 0);
}

static void
every_stream_of_the_models_is_found(void **state UNUSED)
{
	size_t n = 0;

	for (size_t i = 0; i < model_count(); i++) {
		const struct model *m = model_at(i);

		for (size_t j = 0; j < model_op_count(m); j++) {
			struct eventstream s;

			n += (size_t)eventstream_find(m, model_op_at(m, j),
			    model_protocol(m), &s);
		}
	}
	assert_true(n >= 6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(frames_are_as_the_sdks_vectors_have_them,
		    begin, end),
		cmocka_unit_test_setup_teardown(headers_of_all_types_are_read_back, begin,
		    end),
		cmocka_unit_test_setup_teardown(events_are_what_the_model_says, begin,
		    end),
		cmocka_unit_test_setup_teardown(
		    members_go_into_headers_where_the_model_says_so, begin, end),
		cmocka_unit_test_setup_teardown(
		    an_error_that_no_model_knows_ends_a_stream, begin, end),
		cmocka_unit_test_setup_teardown(a_reply_becomes_the_start_of_its_stream,
		    begin, end),
		cmocka_unit_test(every_stream_of_the_models_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
