/*
 * Exclusive canonical XML, and what is no XML here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/cc.h"
#include "control/iam/c14n.h"

static void
documents_become_canonical(void **state UNUSED)
{
	static const struct {
		const char *text, *inclusive, *want;
	} cases[] = {
		{ "<a/>", NULL, "<a></a>" },
		{ "<?xml version=\"1.0\"?>\n<a  b = 'x'\tc=\"y\" ></a >\n", NULL,
		    "<a b=\"x\" c=\"y\"></a>" },
		{ "<a c='1' b='2'/>", NULL, "<a b=\"2\" c=\"1\"></a>" },
		{ "<a>1<!-- no -->2</a>", NULL, "<a>12</a>" },
		{ "<a><![CDATA[<&>]]></a>", NULL, "<a>&lt;&amp;&gt;</a>" },
		{ "<a b='&#9;&#10;&#13;&lt;>&quot;'>&#13;\"</a>", NULL,
		    "<a b=\"&#x9;&#xA;&#xD;&lt;>&quot;\">&#xD;\"</a>" },
		/* Declared where it is used, and there alone. */
		{ "<a xmlns:x='u' xmlns:y='v'><x:b/></a>", NULL,
		    "<a><x:b xmlns:x=\"u\"></x:b></a>" },
		{ "<x:a xmlns:x='u'><x:b><x:c/></x:b></x:a>", NULL,
		    "<x:a xmlns:x=\"u\"><x:b><x:c></x:c></x:b></x:a>" },
		{ "<a xmlns='u'><b xmlns=''/></a>", NULL,
		    "<a xmlns=\"u\"><b xmlns=\"\"></b></a>" },
		{ "<a xmlns:x='u'><x:b/><x:c/></a>", NULL,
		    "<a><x:b xmlns:x=\"u\"></x:b><x:c xmlns:x=\"u\"></x:c></a>" },
		{ "<x:a xmlns:x='u'><x:b xmlns:x='w'/></x:a>", NULL,
		    "<x:a xmlns:x=\"u\"><x:b xmlns:x=\"w\"></x:b></x:a>" },
		/* By namespace, then by name; those of none come first. */
		{ "<a xmlns:z='a' xmlns:y='b' y:k='1' z:m='2' z:l='3' k='4'/>", NULL,
		    "<a xmlns:y=\"b\" xmlns:z=\"a\" k=\"4\" z:l=\"3\" z:m=\"2\" y:k=\"1\">"
		    "</a>" },
		{ "<a xml:lang='de'/>", NULL, "<a xml:lang=\"de\"></a>" },
		{ "<a xmlns:xs='s' xmlns:x='u'><x:b t='xs:string'/></a>", "xs other",
		    "<a xmlns:xs=\"s\"><x:b xmlns:x=\"u\" t=\"xs:string\"></x:b></a>" },
		{ "<a xmlns='d'><b/></a>", "#default", "<a xmlns=\"d\"><b></b></a>" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena *a = arena_new();
		struct buf *b = buf_new(a, 0);
		struct dom *root;

		assert_int_equal(dom_parse(a, cases[i].text, strlen(cases[i].text),
				     &root),
		    1);
		c14n_write(a, root, NULL, cases[i].inclusive, b);
		assert_string_equal(buf_text(b), cases[i].want);
		arena_free(a);
	}
}

static void
a_part_has_what_is_declared_around_it(void **state UNUSED)
{
	static const char text[] =
	    "<p:r xmlns:p='u' xmlns='d'><p:a ID='1'> <s/><b p:c='2'/></p:a></p:r>";
	struct arena *a = arena_new();
	struct buf *b = buf_new(a, 0);
	const struct dom *e, *s;
	struct dom *root;

	assert_int_equal(dom_parse(a, text, sizeof(text) - 1, &root), 1);
	e = dom_child(root, "u", "a");
	assert_non_null(e);
	assert_null(dom_child(root, "d", "a"));
	assert_string_equal(dom_attribute(e, "ID"), "1");
	s = dom_child(e, "d", "s");
	assert_non_null(s);
	c14n_write(a, e, s, NULL, b);
	assert_string_equal(buf_text(b),
	    "<p:a xmlns:p=\"u\" ID=\"1\"> <b xmlns=\"d\" p:c=\"2\"></b></p:a>");
	arena_free(a);
}

static void
what_is_not_taken(void **state UNUSED)
{
	static const char *const bad[] = { "", "<a>", "<a></b>", "<x:a/>", "<a x:b='1'/>",
		"<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", "<!DOCTYPE a><a/>",
		"<a><?pi x?></a>", "<a b='1' b='2'/>", "<a/><b/>", "<a>&e;</a>" };

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct arena *a = arena_new();
		struct dom *root;

		if (dom_parse(a, bad[i], strlen(bad[i]), &root))
			fail_msg("%s", bad[i]);
		arena_free(a);
	}
}

static void
text_goes_on_after_a_comment(void **state UNUSED)
{
	static const char text[] = "<a> one<!-- two -->three\n</a>";
	struct arena *a = arena_new();
	struct dom *root;

	assert_int_equal(dom_parse(a, text, sizeof(text) - 1, &root), 1);
	assert_string_equal(dom_text(a, root), "onethree");
	arena_free(a);
}

static void
depth_and_attributes_are_bounded(void **state UNUSED)
{
	struct arena *a = arena_new();
	struct buf *deep = buf_new(a, 0), *wide = buf_new(a, 0);
	struct dom *root;

	for (int i = 0; i <= C14N_MAX_DEPTH; i++)
		buf_str(deep, "<a>");
	for (int i = 0; i <= C14N_MAX_DEPTH; i++)
		buf_str(deep, "</a>");
	assert_int_equal(dom_parse(a, buf_text(deep), deep->len, &root), 0);
	assert_int_equal(dom_parse(a, buf_text(deep) + 3, deep->len - 7, &root), 1);
	buf_str(wide, "<a");
	for (int i = 0; i <= C14N_MAX_ATTRIBUTES; i++)
		buf_printf(wide, " a%d=''", i);
	buf_str(wide, "/>");
	assert_int_equal(dom_parse(a, buf_text(wide), wide->len, &root), 0);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documents_become_canonical),
		cmocka_unit_test(a_part_has_what_is_declared_around_it),
		cmocka_unit_test(what_is_not_taken),
		cmocka_unit_test(text_goes_on_after_a_comment),
		cmocka_unit_test(depth_and_attributes_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
