/*
 * Every operation of every model, asked with the least that it takes and with broken
 * input, in each protocol of its service: the codecs understand what a client
 * says, nothing answers 500, and every error has its protocol's form.
 *
 * PROBE_TABLE=FILE: what was found, as a table (docs/PROBE.md; make docs).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "control/api/dispatch.h"
#include "control/wire/codec.h"
#include "control/wire/rest.h"
#include "tests/api/fixture.h"
#include "tests/codec/ask.h"

/* What became of a service's operations. */
struct tally {
	int operations, implemented, answered, refused, broken, failed, unmet;
};

static const char *const protocol_names[] = { "ec2", "query", "json", "rest-json",
	"rest-xml", "rpc-v2-cbor" };

static int
speaks(const struct model *m, enum model_protocol p)
{
	return (m->protocols & (1U << p)) != 0 && codec_find(p) != NULL;
}

/* Errors look as the protocol has them */

static const char *
header_of(const struct wire_reply *reply, const char *name)
{
	for (size_t i = 0; i < reply->n_headers; i++) {
		if (strcasecmp(reply->headers[i].name, name) == 0)
			return reply->headers[i].value;
	}
	return NULL;
}

static int
has(const struct wire_reply *reply, const char *text)
{
	return strstr(buf_text(reply->body), text) != NULL;
}

static int
is_error_of(enum model_protocol p, const struct model *m, const struct wire_request *req,
    const struct wire_reply *reply)
{
	if (strcmp(req->method, "HEAD") == 0)
		return 1;
	switch (p) {
	case PROTOCOL_EC2:
		return has(reply, "<Response><Errors><Error><Code>") &&
		    has(reply, "<RequestID>");
	case PROTOCOL_QUERY:
		return has(reply, "<ErrorResponse") && has(reply, "<Code>") &&
		    has(reply, "<RequestId>");
	case PROTOCOL_REST_XML:
		if (strcmp(model_name(m), "s3") == 0)
			return has(reply, "<Error><Code>") && has(reply, "<RequestId>");
		return has(reply, "<ErrorResponse") && has(reply, "<Code>");
	case PROTOCOL_JSON:
		return has(reply, "\"__type\":");
	case PROTOCOL_REST_JSON:
		return header_of(reply, "x-amzn-errortype") != NULL;
	case PROTOCOL_RPC_CBOR:
		return header_of(reply, "smithy-protocol") != NULL &&
		    reply->body->len > 0;
	}
	return 0;
}

enum { SHOWN = 40 }; /* complaints, of each test */

struct probe {
	struct fixture *f;
	const struct model *m;
	const struct model_op *op;
	enum model_protocol protocol;
	struct tally *tally;
};

static int n_complaints;

/* All that is wrong is told, not only the first. */
PRINTF(2, 3)
static void
complain(const struct probe *p, const char *fmt, ...)
{
	char text[2048];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n_complaints++ < SHOWN)
		print_error("%s %s in %s: %s\n", model_name(p->m),
		    model_op_name(p->m, p->op), protocol_names[p->protocol], text);
}

/* Ask; no 5xx but 501, and errors in their form.  The status. */
static int
asked(struct probe *p, const struct wire_request *req, const char *what)
{
	struct arena *a = arena_new();
	struct wire_reply reply = { .request = req };
	int status;

	dispatch_http(&p->f->env, a, req, "127.0.0.1", &reply);
	status = reply.status;
	p->tally->failed += status >= 500 && status != 501;
	if ((status >= 500 && status != 501) ||
	    (status >= 400 && !is_error_of(p->protocol, p->m, req, &reply)))
		complain(p, "%s: %d %s", what, status, buf_text(reply.body));
	arena_free(a);
	return status;
}

/* What a client says is what the handler is given. */
static void
decodes(struct probe *p, struct arena *a, const struct wire_request *req,
    const json_t *in, int unmet)
{
	const struct model *m = NULL;
	const struct model_op *op = NULL;
	json_t *got = NULL;
	struct err err = { .kind = NULL };

	if (wire_route(a, req, model_signing_name(p->m), &m, &op, &err) < 0) {
		complain(p, "not found: %s", err.msg);
		return;
	}
	if (m != p->m || op != p->op) {
		complain(p, "taken for %s %s", model_name(m), model_op_name(m, op));
		return;
	}
	if (wire_decode(a, m, op, req, &got, &err) < 0) {
		if (!unmet)
			complain(p, "%s: %s; of %s", err.kind->code, err.msg,
			    json_text(a, in));
		return;
	}
	if (!unmet && !json_equal(got, in))
		complain(p, "%s became %s", json_text(a, in), json_text(a, got));
}

static void
minimal(struct probe *p)
{
	struct arena *a = arena_new();
	int unmet = 0, status;
	json_t *in = ask_minimal(a, p->m, model_op_input(p->op), &unmet);
	struct wire_request req;

	ask(a, p->m, p->op, p->protocol, in, &req);
	if (!rest_is_replaced(p->m, p->op))
		decodes(p, a, &req, in, unmet);
	status = asked(p, &req, "the least");
	p->tally->operations++;
	p->tally->unmet += unmet || rest_is_replaced(p->m, p->op);
	p->tally->implemented += status != 501;
	p->tally->answered += status < 400;
	p->tally->refused += status >= 400 && status != 501;
	arena_free(a);
}

/* Broken input */

/* In place of a member's value: of each kind, and of sizes that nobody takes. */
static json_t *
odd(size_t i)
{
	static char *huge;

	switch (i) {
	case 0:
		return json_new_str("");
	case 1:
		return json_new_str("<&\"'\x7f\xf0\x9f\x98\x80%00+ ../{}");
	case 2:
		return json_new_int(INT64_MIN);
	case 3:
		return json_new_int(INT64_MAX);
	case 4:
		return json_new_num(-1e308);
	case 5:
		return json_new_array();
	case 6:
		return json_make("[s, i, {s:s}]", "a", 1, "b", "c");
	case 7:
		return json_make("{s:{s:[s]}}", "a", "b", "c");
	case 8:
		if (huge == NULL) {
			huge = malloc(100001);
			assert_non_null(huge);
			memset(huge, 'x', 100000);
			huge[100000] = '\0';
		}
		return json_new_str(huge);
	default:
		return json_make("n");
	}
}

enum { ODDITIES = 10 };

static void
broken(struct probe *p, const struct wire_request *req, const char *what)
{
	struct arena *a = arena_new();
	const struct model *m = NULL;
	const struct model_op *op = NULL;
	struct err err = { .kind = NULL };
	json_t *got;

	asked(p, req, what);
	/* Operations without a handler are not decoded by the dispatcher. */
	if (wire_route(a, req, model_signing_name(p->m), &m, &op, &err) == 0 &&
	    wire_decode(a, m, op, req, &got, &err) < 0 && err.kind->status >= 500)
		complain(p, "%s: %s", what, err.msg);
	p->tally->broken++;
	arena_free(a);
}

/* Each member of the input in turn, as each oddity and not at all. */
static void
broken_members(struct probe *p)
{
	struct arena *a = arena_new();
	int unmet = 0, deep = service_find(&p->f->env, model_name(p->m)) != NULL;
	json_t *in = ask_minimal(a, p->m, model_op_input(p->op), &unmet), *v;
	uint16_t input = model_op_input(p->op);
	const struct shape_row *s;
	struct wire_request req;

	for (size_t i = 0; input != MODEL_NONE && i < p->m->shapes[input].n_members;
	     i++) {
		s = &p->m->shapes[input];
		const char *name = model_text(p->m, p->m->members[s->first + i].name);

		for (size_t k = deep ? 0 : i % ODDITIES; k <= ODDITIES;
		     k += deep ? 1 : 4) {
			struct arena *one = arena_new();

			v = json_own(one, json_copy_shallow(in));
			if (k == ODDITIES)
				json_del(v, name);
			else
				json_set(v, name, odd(k));
			ask(one, p->m, p->op, p->protocol, v, &req);
			broken(p, &req, name);
			arena_free(one);
		}
	}
	arena_free(a);
}

/* The least, with another body: nothing, noise, half of it. */
static void
broken_bodies(struct probe *p)
{
	static const char *const noise[] = { "", "\xff\xfe{<&=%", "{\"", "[[[[", "<a><b>",
		"\xbf\x61", "a=b&=&&Action" };
	struct arena *a = arena_new();
	int unmet = 0;
	json_t *in = ask_minimal(a, p->m, model_op_input(p->op), &unmet);
	struct wire_request req;

	ask(a, p->m, p->op, p->protocol, in, &req);
	for (size_t i = 0; i < COUNT(noise); i++) {
		struct wire_request r = req;

		r.body = noise[i];
		r.body_len = strlen(noise[i]);
		/* Without its Action, a form names no operation. */
		if (p->protocol == PROTOCOL_EC2 || p->protocol == PROTOCOL_QUERY)
			r.body = arena_printf(a, "Action=%s&%s",
			    model_op_name(p->m, p->op), noise[i]);
		r.body_len = strlen(r.body);
		broken(p, &r, "noise");
	}
	req.body_len /= 2;
	req.body = arena_strndup(a, req.body, req.body_len);
	broken(p, &req, "half of the body");
	arena_free(a);
}

/* All */

static void
probe_service(struct fixture *f, const struct model *m, struct tally *tally,
    void (*fn)(struct probe *p))
{
	for (int proto = 0; proto < (int)COUNT(protocol_names); proto++) {
		struct tally *t = proto == (int)model_protocol(m) ?
		    tally :
		    arena_alloc(f->arena, sizeof(*t));

		for (size_t i = 0;
		     speaks(m, (enum model_protocol)proto) && i < model_op_count(m);
		     i++) {
			struct probe p = { f, m, model_op_at(m, i),
				(enum model_protocol)proto, t };

			fn(&p);
		}
	}
}

static struct tally tallies[512];

static void
probe_all(struct fixture *f, void (*fn)(struct probe *p))
{
	for (size_t i = 0; i < model_count() && i < COUNT(tallies); i++)
		probe_service(f, model_at(i), &tallies[i], fn);
	assert_int_equal(n_complaints, 0);
}

static void
the_least_that_an_operation_takes_is_understood(void **state)
{
	probe_all(*state, minimal);
}

static void
broken_bodies_are_refused(void **state)
{
	probe_all(*state, broken_bodies);
}

static void
odd_members_are_refused(void **state)
{
	probe_all(*state, broken_members);
}

static int
setup(void **state)
{
	int rc = fixture_setup_standard(state);
	struct fixture *f = *state;

	f->env.auth.strict = 0;
	n_complaints = 0;
	return rc;
}

static void
add(struct tally *sum, const struct tally *t)
{
	sum->operations += t->operations;
	sum->implemented += t->implemented;
	sum->answered += t->answered;
	sum->refused += t->refused;
	sum->broken += t->broken;
	sum->failed += t->failed;
	sum->unmet += t->unmet;
}

static void
print_row(FILE *out, const struct tally *t)
{
	fprintf(out, " | %d | %d | %d | %d | %d | %d | %d |\n", t->operations,
	    t->implemented, t->answered, t->refused, t->broken, t->failed, t->unmet);
}

static void
print_table(FILE *out)
{
	struct tally sum = { 0 };

	fprintf(out,
	    "| service | protocols | operations | implemented | answered | refused | "
	    "broken inputs | 5xx | not compared |\n"
	    "|---|---|---:|---:|---:|---:|---:|---:|---:|\n");
	for (size_t i = 0; i < model_count() && i < COUNT(tallies); i++) {
		const struct model *m = model_at(i);

		fprintf(out, "| %s |", model_name(m));
		for (size_t p = 0; p < COUNT(protocol_names); p++) {
			if (speaks(m, (enum model_protocol)p))
				fprintf(out, " %s", protocol_names[p]);
		}
		print_row(out, &tallies[i]);
		add(&sum, &tallies[i]);
	}
	fprintf(out, "| **all** |");
	print_row(out, &sum);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    the_least_that_an_operation_takes_is_understood, setup,
		    fixture_teardown),
		cmocka_unit_test_setup_teardown(broken_bodies_are_refused, setup,
		    fixture_teardown),
		cmocka_unit_test_setup_teardown(odd_members_are_refused, setup,
		    fixture_teardown),
	};
	const char *path = getenv("PROBE_TABLE");
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	FILE *out;

	if (failed == 0 && path != NULL) {
		out = fopen(path, "w");
		if (out == NULL)
			return 1;
		print_table(out);
		fclose(out);
	}
	return failed;
}
