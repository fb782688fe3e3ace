/*
 * Replies from kept fragments are those that would be encoded anew, whatever
 * happens to the documents meanwhile.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "control/wire/fragments.h"
#include "control/wire/wire.h"
#include "control/wire/xml.h"

/*
 * jansson's own inline functions look at the count plainly before they change it
 * atomically.  All else is ours to answer for.
 */
const char *__tsan_default_suppressions(void);
const char *
__tsan_default_suppressions(void)
{
	return "race_top:json_incref\nrace_top:json_decref\n";
}

enum { N_THREADS = 6, N_ROUNDS = 300, N_DOCS = 20, MANY = 20000, AT_MOST = 4096 };

static const char long_text[] =
    "a text that makes the document long enough to be worth keeping: "
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567";

/* As the store has it: "_rev" first. */
static json_t *
document(int rev, int number)
{
	json_t *v = json_new_object(), *tag;

	json_set_int(v, "_rev", rev);
	json_set_fmt(v, "VpcId", "vpc-%d", number);
	json_set_fmt(v, "CidrBlock", "10.%d.0.0/16", rev % 256);
	json_set_str(v, "_secret", "never shown");
	tag = json_add_object(json_need_array(v, "Tags"));
	json_set_str(tag, "Key", "text");
	json_set_str(tag, "Value", long_text);
	return v;
}

/* The reply that shows the documents; f may be NULL. */
static const char *
reply_of(struct arena *a, struct fragments *f, json_t *const *docs, size_t n)
{
	const struct model *m = model_find("ec2");
	struct wire_reply *reply = arena_alloc(a, sizeof(*reply));
	json_t *out = json_own(a, json_new_object());

	reply->fragments = f;
	for (size_t i = 0; i < n; i++)
		json_add(json_need_array(out, "Vpcs"), json_incref(docs[i]));
	wire_encode(a, m, model_op_find(m, "DescribeVpcs"), out, "request", reply);
	return buf_text(reply->body);
}

static void
what_is_kept_is_what_would_be_encoded(void **state UNUSED)
{
	struct arena *a = arena_new();
	struct fragments *f = fragments_new();
	json_t *docs[] = { document(1, 1), document(1, 2) };
	const char *want = reply_of(a, NULL, docs, 2);

	assert_non_null(strstr(want, "<vpcId>vpc-2</vpcId>"));
	assert_null(strstr(want, "never shown"));
	for (int i = 0; i < 4; i++) {
		assert_string_equal(reply_of(a, f, docs, 2), want);
		/* Kept when it is shown for the second time. */
		assert_int_equal(fragments_count(f), i == 0 ? 0 : 2);
	}
	json_decref(docs[0]);
	json_decref(docs[1]);
	fragments_free(f);
	arena_free(a);
}

static void
a_new_revision_is_shown_at_once(void **state UNUSED)
{
	struct arena *a = arena_new();
	struct fragments *f = fragments_new();

	for (int rev = 1; rev < 200; rev++) {
		json_t *doc = document(rev, 1);
		const char *want = reply_of(a, NULL, &doc, 1);

		for (int i = 0; i < 3; i++)
			assert_string_equal(reply_of(a, f, &doc, 1), want);
		json_decref(doc); /* So that its address may be the next one's. */
	}
	fragments_free(f);
	arena_free(a);
}

static void
an_edited_copy_is_shown_as_it_is(void **state UNUSED)
{
	struct arena *a = arena_new();
	struct fragments *f = fragments_new();
	json_t *doc = document(7, 1), *copy;

	for (int i = 0; i < 3; i++)
		reply_of(a, f, &doc, 1);
	copy = json_copy_deep(doc);
	json_set_str(copy, "CidrBlock", "172.16.0.0/12");
	assert_non_null(strstr(reply_of(a, f, &copy, 1), "172.16.0.0/12"));
	assert_null(strstr(reply_of(a, f, &doc, 1), "172.16.0.0/12"));
	json_decref(copy);
	json_decref(doc);
	fragments_free(f);
	arena_free(a);
}

static void
what_is_not_of_the_store_is_not_kept(void **state UNUSED)
{
	struct arena *a = arena_new();
	struct fragments *f = fragments_new();
	json_t *doc = document(1, 1);

	json_del(doc, "_rev");
	for (int i = 0; i < 3; i++)
		reply_of(a, f, &doc, 1);
	assert_int_equal(fragments_count(f), 0);
	json_decref(doc);
	fragments_free(f);
	arena_free(a);
}

static void
forms_and_shapes_are_apart(void **state UNUSED)
{
	const struct model *m = model_find("ec2");
	struct fragments *f = fragments_new();
	json_t *doc = document(1, 1);
	struct fragment_key key = { doc, m, model_shape_find(m, "Vpc"), 0 }, other = key;
	char text[400];
	struct buf b;

	other.form = 1;
	memset(text, 'x', sizeof(text));
	buf_init(&b, 0);
	fragments_keep(f, &key, text, sizeof(text));
	assert_int_equal(fragments_add(f, &key, &b), FRAGMENT_ADDED);
	assert_int_equal(b.len, sizeof(text));
	assert_int_equal(fragments_add(f, &other, &b), FRAGMENT_UNKNOWN);
	assert_int_equal(fragments_add(f, &other, &b), FRAGMENT_WANTED);
	other = key;
	other.shape++;
	assert_int_not_equal(fragments_add(f, &other, &b), FRAGMENT_ADDED);
	assert_int_equal(b.len, sizeof(text));
	buf_done(&b);
	json_decref(doc);
	fragments_free(f);
}

/* One fragment a document, which the caller may hold. */
static void
keep_all(struct fragments *f, json_t **docs, int rev)
{
	static const char text[300];

	for (int i = 0; i < MANY; i++)
		docs[i] = document(rev, i);
	for (int i = 0; i < MANY; i++) {
		struct fragment_key key = { docs[i], model_find("ec2"), 1, 0 };

		fragments_keep(f, &key, text, sizeof(text));
		if (rev > 1)
			json_decref(docs[i]);
	}
}

/* Documents that somebody has do not add up without end; those that nobody has are let go. */
static void
there_are_never_too_many(void **state UNUSED)
{
	static json_t *held[MANY], *passing[MANY];
	struct fragments *f = fragments_new();
	size_t kept = 0;

	keep_all(f, held, 1);
	assert_in_range(fragments_count(f), AT_MOST / 2, AT_MOST);
	for (int i = 0; i < MANY; i++) {
		kept += json_references(held[i]) > 1;
		json_decref(held[i]);
	}
	assert_int_equal(kept, fragments_count(f));
	keep_all(f, passing, 2);
	/* A stripe's last one: it was somebody's as it came. */
	assert_in_range(fragments_count(f), 1, AT_MOST / 16);
	fragments_free(f);
}

static void
what_is_too_large_is_not_kept(void **state UNUSED)
{
	static char text[1 << 17];
	struct fragments *f = fragments_new();
	struct fragment_key key = { document(1, 1), model_find("ec2"), 1, 0 };

	fragments_keep(f, &key, text, sizeof(text));
	assert_int_equal(fragments_count(f), 0);
	fragments_keep(f, &key, text, sizeof(text) / 2);
	assert_int_equal(fragments_count(f), 1);
	json_decref(key.doc);
	fragments_free(f);
}

/* Documents as a store has them: replaced by some while others show them. */
struct shared {
	struct fragments *f;
	pthread_mutex_t lock;
	json_t *doc[N_DOCS];
	int wrong;
};

static void *
show_and_replace(void *arg)
{
	struct shared *s = arg;

	for (int round = 0; round < N_ROUNDS; round++) {
		struct arena *a = arena_new();
		json_t *mine[N_DOCS], *old = NULL;

		pthread_mutex_lock(&s->lock);
		for (int i = 0; i < N_DOCS; i++)
			mine[i] = json_own(a, json_incref(s->doc[i]));
		if (round % 4 == 0) {
			old = s->doc[round % N_DOCS];
			s->doc[round % N_DOCS] = document(round, round % N_DOCS);
		}
		pthread_mutex_unlock(&s->lock);
		json_decref(old);
		if (strcmp(reply_of(a, s->f, mine, N_DOCS),
			reply_of(a, NULL, mine, N_DOCS)) != 0)
			__atomic_store_n(&s->wrong, 1, __ATOMIC_RELAXED);
		arena_free(a);
	}
	return NULL;
}

static void
threads_see_documents_as_they_are(void **state UNUSED)
{
	struct shared s = { .f = fragments_new(), .lock = PTHREAD_MUTEX_INITIALIZER };
	pthread_t thread[N_THREADS];

	for (int i = 0; i < N_DOCS; i++)
		s.doc[i] = document(0, i);
	for (int i = 0; i < N_THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, show_and_replace, &s),
		    0);
	for (int i = 0; i < N_THREADS; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(s.wrong, 0);
	assert_true(fragments_count(s.f) > 0);
	for (int i = 0; i < N_DOCS; i++)
		json_decref(s.doc[i]);
	fragments_free(s.f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_kept_is_what_would_be_encoded),
		cmocka_unit_test(a_new_revision_is_shown_at_once),
		cmocka_unit_test(an_edited_copy_is_shown_as_it_is),
		cmocka_unit_test(what_is_not_of_the_store_is_not_kept),
		cmocka_unit_test(forms_and_shapes_are_apart),
		cmocka_unit_test(there_are_never_too_many),
		cmocka_unit_test(what_is_too_large_is_not_kept),
		cmocka_unit_test(threads_see_documents_as_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
