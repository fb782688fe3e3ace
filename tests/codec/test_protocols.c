/*
 * AWS's own protocol cases, read as a server: each case of each suite is a test.
 *
 *	test_protocols [DIRECTORY]
 *
 * The suites are in tests/protocol-tests, or in $PROTOCOL_TESTS; what they are
 * is in the README there.  The ids of client-only.txt are left out.  Cases of protocols that have no
 * codec are counted and said; once there is a codec, they are tests.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/enc.h"
#include "control/wire/codec.h"
#include "control/wire/form.h"
#include "control/wire/rest.h"
#include "tests/codec/case_request.h"
#include "tests/codec/cbor_tree.h"
#include "tests/codec/tree.h"

enum { MAX_CASES = 4000 };

struct scenario {
	struct arena *arena;  /* while it runs */
	json_t *suite, *item; /* borrowed */
	int is_input;
};

struct all {
	struct arena *arena;
	struct CMUnitTest tests[MAX_CASES];
	size_t n, n_client_only;
	size_t not_yet[PROTOCOL_RPC_CBOR + 1];
	json_t *client_only;
};

static char *
read_file(struct arena *a, const char *path)
{
	struct buf *b = buf_new(a, 0);
	FILE *f = fopen(path, "rb");
	char part[65536];
	size_t n;

	if (f == NULL) {
		perror(path);
		exit(1);
	}
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		buf_add(b, part, n);
	fclose(f);
	return arena_strndup(a, buf_text(b), b->len);
}

/* The suite's model, with the case's operation. */
static struct model *
model_of(struct arena *a, const struct scenario *s)
{
	json_t *doc = json_own(a, json_new_object());
	json_t *given = json_get(s->item, "given");
	struct err err = { 0 };
	struct model *m;

	json_set(doc, "metadata", json_incref(json_get(s->suite, "metadata")));
	json_set(doc, "shapes", json_incref(json_get(s->suite, "shapes")));
	json_set(json_need_object(doc, "operations"), json_str(given, "name"),
	    json_incref(given));
	if (model_load(a, doc, &m, &err) < 0)
		fail_msg("%s", err.msg);
	return m;
}

/*
 * A document as the suites write it to one as we do, by its shape: blobs are plain text there.
 */
static json_t *
ours(struct arena *a, const struct model *m, uint16_t shape, json_t *v)
{
	enum model_type type = model_shape_type(m, shape);
	const char *name;
	json_t *out, *e;
	size_t i;

	if (type == TYPE_BLOB && json_is_string(v))
		return json_new_str(
		    base64_encode(a, json_string_value(v), json_string_length(v)));
	if (type == TYPE_LIST && json_is_array(v)) {
		out = json_new_array();
		json_array_foreach(v, i, e)
			json_add(out, ours(a, m, model_element(m, shape), e));
		return out;
	}
	if ((type != TYPE_STRUCTURE && type != TYPE_MAP) || !json_is_object(v) ||
	    (m->shapes[shape].flags & SHAPE_DOCUMENT) != 0)
		return json_incref(v);
	out = json_new_object();
	json_object_foreach(v, name, e) {
		uint16_t of = type == TYPE_MAP ? model_element(m, shape) :
						 model_member(m, shape, name);

		if (of == MODEL_NONE)
			fail_msg("the case has no member \"%s\"", name);
		json_set(out, name, ours(a, m, of, e));
	}
	return out;
}

static int
is_rest(const struct model *m)
{
	return model_protocol(m) == PROTOCOL_REST_JSON ||
	    model_protocol(m) == PROTOCOL_REST_XML;
}

/* Forms cannot say that a list or a map is there and empty. */
static void
drop_empty(json_t *v)
{
	const char *name;
	json_t *e;
	void *next;

	json_object_foreach_safe(v, next, name, e) {
		drop_empty(e);
		if ((json_is_array(e) && json_array_size(e) == 0) ||
		    (json_is_object(e) && json_object_size(e) == 0))
			json_del(v, name);
	}
}

/* A header, a query and a payload cannot say that something is there and empty. */
static void
drop_unsaid(json_t *v, const json_t *other)
{
	const char *name;
	json_t *e;
	void *next;

	json_object_foreach_safe(v, next, name, e) {
		if (json_get(other, name) == NULL &&
		    ((json_is_array(e) && json_array_size(e) == 0) ||
			(json_is_object(e) && json_object_size(e) == 0)))
			json_del(v, name);
	}
}

/* The operation that the request itself names. */
static void
names_operation(struct arena *a, const struct model *m, const struct wire_request *req,
    const char *name)
{
	if (model_protocol(m) == PROTOCOL_JSON) {
		const char *target = wire_header(req, "X-Amz-Target");

		/* The compression cases list only the header that they are about. */
		if (target != NULL)
			assert_string_equal(target,
			    arena_printf(a, "%s.%s", model_text(m, m->target_prefix),
				name));
	} else if (is_rest(m)) {
		struct rest_labels labels;

		/* The compression cases list no path. */
		if (strcmp(req->path, "/") != 0)
			assert_true(rest_match(model_text(m, model_op_at(m, 0)->uri),
			    req->path, &labels));
	} else if (model_protocol(m) == PROTOCOL_RPC_CBOR) {
		assert_string_equal(req->path,
		    arena_printf(a, "/service/%s/operation/%s",
			model_text(m, m->target_prefix), name));
		assert_true(codec_rpc_cbor.claims(req));
	} else {
		assert_string_equal(form_find(a, req, "Action"), name);
		assert_string_equal(form_find(a, req, "Version"), model_api_version(m));
	}
}

static void
input_case(struct arena *a, const struct scenario *s)
{
	struct model *m = model_of(a, s);
	const struct model_op *op = model_op_at(m, 0);
	json_t *want = json_get(s->item, "params"), *got;
	struct wire_request req;
	struct err err = { 0 };
	const char *why;

	case_request(a, m, s->item, &req);
	names_operation(a, m, &req, model_op_name(m, op));
	if (wire_decode(a, m, op, &req, &got, &err) < 0)
		fail_msg("%s: %s", err.kind->code, err.msg);
	if (op->input != MODEL_NONE)
		want = json_own(a, ours(a, m, op->input, want));
	if (model_protocol(m) != PROTOCOL_JSON &&
	    model_protocol(m) != PROTOCOL_REST_JSON &&
	    model_protocol(m) != PROTOCOL_RPC_CBOR) {
		drop_empty(want);
		drop_empty(got);
	}
	if (is_rest(m)) {
		drop_unsaid(want, got);
		drop_unsaid(got, want);
		/* A map of the whole query, in suites that leave it to servers. */
		if (json_get(want, "queryParamsMapOfStrings") == NULL)
			json_del(got, "queryParamsMapOfStrings");
	}
	why = json_difference(a, got, want);
	if (why != NULL)
		fail_msg("%s\ngot  %s\nwant %s", why, json_text(a, got),
		    json_text(a, want));
}

/* An error has a member that its model lacks, for clients to overlook. */
static void
drop_unknown(json_t *root)
{
	json_t *children, *e;
	size_t i;

	if (root == NULL || json_array_size(json_get(root, "children")) == 0)
		return;
	children = json_get(json_array_get(json_get(root, "children"), 0), "children");
	json_array_foreach(children, i, e) {
		if (strcmp(json_str_or(e, "name", ""), "AnotherSetting") == 0)
			json_array_remove(children, i--);
	}
}

/* In maps that have no word for it, null is what a client has to overlook. */
static void
drop_nulls(json_t *v)
{
	json_t *map = json_get(v, "denseSetMap"), *e;
	const char *name;
	void *next;

	json_object_foreach_safe(map, next, name, e) {
		if (json_is_null(e))
			json_del(map, name);
	}
}

static void
body_is(struct arena *a, const char *got, const char *want)
{
	struct err err = { 0 };
	json_t *g, *w;
	const char *why;

	want += strspn(want, " \n");
	if (*want == '<') {
		g = xml_tree(a, got);
		w = xml_tree(a, want);
		drop_unknown(w);
		if (g == NULL || w == NULL)
			fail_msg("not well-formed: %s", g == NULL ? got : want);
		why = xml_difference(a, g, w, 1);
	} else if (json_read_in(a, want, strlen(want), &w, &err) == 0) {
		drop_nulls(w);
		if (json_read_in(a, got, strlen(got), &g, &err) < 0)
			fail_msg("%s\ngot %s", err.msg, got);
		why = json_difference(a, g, w);
	} else if (*want == '\0' && strcmp(got, "{}") == 0) {
		why = NULL; /* a client takes either for no members */
	} else {	    /* a payload of text */
		why = strcmp(got, want) != 0 ? "other text" : NULL;
	}
	if (why != NULL)
		fail_msg("%s\ngot  %s\nwant %s", why, got, want);
}

/* A client takes either for no members: nothing, or an object with nothing in it. */
static int
says_nothing(const struct buf *body)
{
	return body->len == 0 || strcmp(buf_text(body), "{}") == 0 ||
	    strcmp(buf_text(body), "\xa0") == 0 ||
	    strcmp(buf_text(body), "\xbf\xff") == 0;
}

/* Members that the output does not have are sent for clients to overlook. */
static void
drop_foreign(const struct model *m, json_t *v)
{
	uint16_t output = model_op_output(model_op_at(m, 0));
	const char *name;
	json_t *e;
	void *next;

	json_object_foreach_safe(v, next, name, e) {
		if (output != MODEL_NONE && model_member(m, output, name) == MODEL_NONE)
			json_del(v, name);
	}
}

static void
cbor_is(struct arena *a, const struct model *m, const struct buf *got, const char *want)
{
	size_t n;
	const char *bytes = case_bytes(a, want, &n);
	json_t *g = cbor_tree(a, buf_text(got), got->len), *w = cbor_tree(a, bytes, n);
	const char *why;

	if (n == 0) {
		assert_true(says_nothing(got));
		return;
	}
	assert_non_null(g);
	assert_non_null(w);
	drop_nulls(w);
	if (json_get(w, "__type") == NULL)
		drop_foreign(m, w);
	why = json_difference(a, g, w);
	if (why != NULL)
		fail_msg("%s\ngot  %s\nwant %s", why, json_text(a, g), json_text(a, w));
}

static void
reply_is(struct arena *a, const struct model *m, const struct wire_reply *reply,
    const json_t *want)
{
	const char *name;
	json_t *v;

	assert_int_equal(reply->status, json_int(want, "status_code", 0));
	json_object_foreach(json_get(want, "headers"), name, v) {
		const char *value = NULL;

		/* One case lists a header that only requests have. */
		if (strcasecmp(name, "X-Amz-Target") == 0)
			continue;
		/* The server's own. */
		if (strcasecmp(name, "Content-Length") == 0) {
			if (!says_nothing(reply->body))
				assert_int_equal(strtol(json_string_value(v), NULL, 10),
				    reply->body->len);
			continue;
		}
		for (size_t i = 0; i < reply->n_headers; i++) {
			if (strcasecmp(reply->headers[i].name, name) == 0)
				value = reply->headers[i].value;
		}
		if (value == NULL)
			fail_msg("no header %s", name);
		assert_string_equal(value, json_string_value(v));
	}
	if (model_protocol(m) == PROTOCOL_RPC_CBOR)
		cbor_is(a, m, reply->body, json_str_or(want, "body", ""));
	else if (json_get(want, "body") != NULL)
		body_is(a, buf_text(reply->body), json_str(want, "body"));
}

/* The text of an element of the reply that is wanted, or NULL. */
static const char *
wanted_text(struct arena *a, const json_t *response, const char *name)
{
	const char *body = json_str_or(response, "body", "");
	const json_t *root = *body == '<' ? xml_tree(a, body) : NULL;
	const json_t *e = root != NULL ? xml_find(root, name) : NULL;

	return e != NULL ? json_str(e, "text") : NULL;
}

/* The message is of the error, not of its detail; ec2's complex error has one only in the reply. */
static const char *
take_message(struct arena *a, json_t *detail, const json_t *response)
{
	const char *message = json_str_or(detail, "Message", json_str(detail, "message"));

	message = message != NULL ? arena_strdup(a, message) :
				    wanted_text(a, response, "Message");
	json_del(detail, "Message");
	json_del(detail, "message");
	return message != NULL ? message : "";
}

static void
output_case(struct arena *a, const struct scenario *s)
{
	struct model *m = model_of(a, s);
	const struct model_op *op = model_op_at(m, 0);
	const json_t *response = json_get(s->item, "response");
	json_t *result = json_get(s->item, "result");
	const char *code = json_str(s->item, "errorCode");
	const char *id = wanted_text(a, response, "RequestId");
	const struct err_kind kind = { code, 400 };
	struct wire_request req = { .method = "POST",
		.path = "/",
		.query = "",
		.body = "" };
	struct wire_reply reply = { 0 };
	struct err err = { .kind = &kind };
	json_t *detail;

	id = id != NULL ? id : wanted_text(a, response, "RequestID");
	id =
	    id != NULL ? id : json_str(json_get(response, "headers"), "X-Amzn-Requestid");
	id = id != NULL ? id : "requestid";
	if (code == NULL) {
		if (op->output != MODEL_NONE)
			result = json_own(a, ours(a, m, op->output, result));
		wire_encode(a, m, op, result, id, &reply);
	} else {
		detail = json_own(a, json_copy_deep(json_get(s->item, "error")));
		snprintf(err.msg, sizeof(err.msg), "%s",
		    take_message(a, detail, response));
		wire_encode_error(a, m, op, &req, &err, detail, id, &reply);
	}
	reply_is(a, m, &reply, response);
}

static int
begin(void **state)
{
	struct scenario *s = *state;

	s->arena = arena_new();
	return 0;
}

static int
end(void **state)
{
	struct scenario *s = *state;

	arena_free(s->arena);
	return 0;
}

static void
run(void **state)
{
	const struct scenario *s = *state;

	if (s->is_input)
		input_case(s->arena, s);
	else
		output_case(s->arena, s);
}

static void
add_case(struct all *all, json_t *suite, json_t *item, int is_input)
{
	struct scenario *s = arena_alloc(all->arena, sizeof(*s));
	const char *id = json_str(item, "id");
	struct model *m;

	if (json_bool(all->client_only, id, 0)) {
		all->n_client_only++;
		return;
	}
	*s = (struct scenario){ .suite = suite, .item = item, .is_input = is_input };
	m = model_of(all->arena, s);
	if (codec_find(model_protocol(m)) == NULL) {
		all->not_yet[model_protocol(m)]++;
		return;
	}
	if (all->n == MAX_CASES) {
		fprintf(stderr, "more than %d cases\n", MAX_CASES);
		exit(1);
	}
	all->tests[all->n++] = (struct CMUnitTest){ id, run, begin, end, s };
}

static void
add_file(struct all *all, const char *path, int is_input)
{
	const char *text = read_file(all->arena, path);
	struct err err = { 0 };
	json_t *suites, *suite, *item;
	size_t i, j;

	if (json_read_in(all->arena, text, strlen(text), &suites, &err) < 0) {
		fprintf(stderr, "%s: %s\n", path, err.msg);
		exit(1);
	}
	json_array_foreach(suites, i, suite) {
		json_array_foreach(json_get(suite, "cases"), j, item)
			add_case(all, suite, item, is_input);
	}
}

static int
is_suite(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	return n > 5 && strcmp(e->d_name + n - 5, ".json") == 0;
}

static void
add_directory(struct all *all, const char *dir, const char *sub)
{
	const char *path = arena_printf(all->arena, "%s/%s", dir, sub);
	struct dirent **files;
	int n = scandir(path, &files, is_suite, alphasort);

	if (n <= 0) {
		fprintf(stderr, "no suites in %s\n", path);
		exit(1);
	}
	for (int i = 0; i < n; i++) {
		add_file(all, arena_printf(all->arena, "%s/%s", path, files[i]->d_name),
		    strcmp(sub, "input") == 0);
		free(files[i]);
	}
	free(files);
}

static void
read_client_only(struct all *all, const char *dir)
{
	char *text =
	    read_file(all->arena, arena_printf(all->arena, "%s/client-only.txt", dir));
	char *rest = NULL;

	all->client_only = json_own(all->arena, json_new_object());
	for (char *id = strtok_r(text, "\n", &rest); id != NULL;
	     id = strtok_r(NULL, "\n", &rest))
		json_set_bool(all->client_only, id, 1);
}

static const char *
find_suites(int argc, char **argv)
{
	static const char *const places[] = { "tests/protocol-tests",
		"../shared/protocol-tests" };
	const char *dir = argc > 1 ? argv[1] : getenv("PROTOCOL_TESTS");
	struct stat st;

	for (size_t i = 0; dir == NULL && i < COUNT(places); i++) {
		if (stat(places[i], &st) == 0)
			dir = places[i];
	}
	return dir != NULL ? dir : places[0];
}

int
main(int argc, char **argv)
{
	static const char *const names[] = { "ec2", "query", "json", "rest-json",
		"rest-xml", "rpc-v2-cbor" };
	static struct all all;
	const char *dir = find_suites(argc, argv);
	int failed;

	all.arena = arena_new();
	read_client_only(&all, dir);
	add_directory(&all, dir, "input");
	add_directory(&all, dir, "output");
	printf("%s: %zu cases, %zu are for clients only\n", dir, all.n,
	    all.n_client_only);
	for (size_t i = 0; i < COUNT(names); i++) {
		if (all.not_yet[i] > 0)
			printf("not yet: %zu cases of %s\n", all.not_yet[i], names[i]);
	}
	failed = _cmocka_run_group_tests("protocols", all.tests, all.n, NULL, NULL);
	arena_free(all.arena);
	return failed;
}
