/* DNS messages as bytes: the reader refuses what it must, the writer fits what it can. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "agents/vpc/dns_wire.h"
#include "agents/vpc/dns_write.h"
#include "base/cc.h"

#define BYTES(s) (const uint8_t *)(s), sizeof(s) - 1

#define HEAD "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
#define WWW  "\x03www\x01x\x00"

static void
names_are_read_through_pointers(void **state UNUSED)
{
	static const char bytes[] = "123456789012\x01x\x00\x03www\xc0\x0c\x01y\xc0\x0f";
	struct dns_reader r = { BYTES(bytes), 15 };
	struct dns_name name, wanted;

	assert_int_equal(dns_read_name(&r, &name), 0);
	assert_int_equal(dns_name_parse("www.x", &wanted), 0);
	assert_true(dns_name_equal(&name, &wanted));
	assert_int_equal(dns_read_name(&r, &name), 0);
	assert_int_equal(dns_name_parse("y.www.x.", &wanted), 0);
	assert_true(dns_name_equal(&name, &wanted));
	assert_int_equal(r.at, r.len);
}

static void
bad_names_are_refused(void **state UNUSED)
{
	static const struct {
		const char *bytes;
		size_t len, at;
	} cases[] = {
		{ "123456789012\xc0\x0c", 14, 12 }, /* to itself */
		{ "123456789012\x01"
		  "a\xc0\x0c",
		    16, 12 },				    /* into itself */
		{ "123456789012\xc0\x0e\xc0\x0c", 16, 14 }, /* round */
		{ "123456789012\xc0\x20", 14, 12 },	    /* ahead */
		{ "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xc0\x02", 14,
		    12 }, /* header */
		{ "123456789012\x03"
		  "ab",
		    15, 12 },
		{ "123456789012\x01"
		  "a",
		    14, 12 },
		{ "123456789012\x40"
		  "a",
		    14, 12 },
		{ "123456789012\x80"
		  "a",
		    14, 12 },
		{ "123456789012\xc0", 13, 12 },
		{ "123456789012", 12, 12 },
	};
	struct dns_name name;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct dns_reader r = { (const uint8_t *)cases[i].bytes, cases[i].len,
			cases[i].at };

		assert_int_equal(dns_read_name(&r, &name), -1);
		assert_int_equal(r.at, cases[i].at);
	}
}

static void
a_name_has_255_bytes_at_most(void **state UNUSED)
{
	uint8_t bytes[12 + 300] = { 0 };
	struct dns_name name;
	struct dns_reader r = { bytes, sizeof(bytes), 12 };

	/* 127 labels of one letter and the root: 255. */
	for (size_t i = 0; i < 127; i++) {
		bytes[12 + 2 * i] = 1;
		bytes[13 + 2 * i] = 'a';
	}
	assert_int_equal(dns_read_name(&r, &name), 0);
	assert_int_equal(name.len, 255);
	bytes[12 + 254] = 1;
	bytes[12 + 255] = 'a';
	r.at = 12;
	assert_int_equal(dns_read_name(&r, &name), -1);
}

static void
names_are_parsed_from_text(void **state UNUSED)
{
	static const char label63[] =
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	static const char *const bad[] = { "a..b", ".a", "a b", "a\tb", "\xc3\xa4.x",
		".." };
	struct dns_name name;
	char text[512];

	assert_int_equal(dns_name_parse("", &name), 0);
	assert_int_equal(name.len, 1);
	assert_int_equal(dns_name_parse(".", &name), 0);
	assert_int_equal(name.len, 1);
	assert_int_equal(dns_name_parse(label63, &name), 0);
	assert_int_equal(name.len, 65);
	snprintf(text, sizeof(text), "%sb", label63);
	assert_int_equal(dns_name_parse(text, &name), -1);
	snprintf(text, sizeof(text), "%s.%s.%s.%.61s", label63, label63, label63,
	    label63);
	assert_int_equal(dns_name_parse(text, &name), 0);
	assert_int_equal(name.len, 255);
	snprintf(text, sizeof(text), "%s.%s.%s.%.62s", label63, label63, label63,
	    label63);
	assert_int_equal(dns_name_parse(text, &name), -1);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(dns_name_parse(bad[i], &name), -1);
}

static void
queries_are_sorted_by_sense(void **state UNUSED)
{
	static const struct {
		const char *bytes;
		size_t len;
		enum dns_sense sense;
	} cases[] = {
#define CASE(s, sense) { s, sizeof(s) - 1, sense }
		CASE(HEAD WWW "\x00\x01\x00\x01", DNS_SENSE),
		CASE("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00", DNS_NOISE),
		CASE("", DNS_NOISE),
		CASE("\x12\x34\x81\x00\x00\x01\x00\x00\x00\x00\x00\x00" WWW
		     "\x00\x01\x00\x01",
		    DNS_NOISE), /* a reply */
		CASE("\x12\x34\x28\x00\x00\x01\x00\x00\x00\x00\x00\x00" WWW
		     "\x00\x06\x00\x01",
		    DNS_FOREIGN), /* UPDATE */
		CASE(HEAD, DNS_NONSENSE), CASE(HEAD WWW "\x00\x01\x00", DNS_NONSENSE),
		CASE(HEAD WWW "\x00\x01\x00\x01z", DNS_NONSENSE),
		CASE(HEAD "\xc0\x0c\x00\x01\x00\x01", DNS_NONSENSE),
		CASE("\x12\x34\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00", DNS_NONSENSE),
		CASE("\x12\x34\x01\x00\x00\x02\x00\x00\x00\x00\x00\x00" WWW
		     "\x00\x01\x00\x01" WWW "\x00\x01\x00\x01",
		    DNS_NONSENSE),
		CASE("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x01" WWW
		     "\x00\x01\x00\x01",
		    DNS_NONSENSE), /* the OPT is not there */
		CASE("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x02" WWW
		     "\x00\x01\x00\x01"
		     "\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x00"
		     "\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x00",
		    DNS_NONSENSE), /* two of them */
		CASE("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x01" WWW
		     "\x00\x01\x00\x01"
		     "\x01z\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x00",
		    DNS_NONSENSE), /* with a name */
#undef CASE
	};
	struct dns_query q;

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(dns_query_read((const uint8_t *)cases[i].bytes,
				     cases[i].len, &q),
		    cases[i].sense);
}

static void
edns_is_understood(void **state UNUSED)
{
	struct dns_query q;

	assert_int_equal(
	    dns_query_read(BYTES("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x01" WWW
				 "\x00\x01\x00\x01"
				 "\x00\x00\x29\x10\x00\x00\x01\x80\x00\x00\x00"),
		&q),
	    DNS_SENSE);
	assert_true(q.has_edns && q.wants_dnssec);
	assert_int_equal(q.udp_size, 4096);
	assert_int_equal(q.version, 1);
	assert_int_equal(dns_limit(&q, 0), DNS_UDP_MAX);
	assert_int_equal(dns_limit(&q, 1), DNS_MESSAGE_MAX);
	q.udp_size = 700;
	assert_int_equal(dns_limit(&q, 0), 700);
}

static struct dns_query
query(const char *name, uint16_t type)
{
	struct dns_query q = { .id = 7,
		.flags = DNS_RD,
		.has_question = 1,
		.type = type,
		.class = DNS_IN };

	assert_int_equal(dns_name_parse(name, &q.name), 0);
	return q;
}

static void
what_is_written_can_be_read(void **state UNUSED)
{
	static struct dns_reply reply;
	static struct dns_message m;
	struct dns_query q = query("WwW.ec2.Internal", DNS_A);
	struct dns_name alias, other;
	uint8_t out[512], cname[64];
	size_t n;

	assert_int_equal(dns_name_parse("ip-1.EC2.internal", &alias), 0);
	assert_int_equal(dns_name_parse("x.org", &other), 0);
	memcpy(cname, alias.wire, alias.len);
	reply.n_rr = 0;
	reply.n_fresh = DNS_RR_MAX;
	reply.is_authoritative = 1;
	*dns_reply_add(&reply) =
	    (struct dns_rr){ &q.name, cname, 60, DNS_CNAME, alias.len, DNS_ANSWER };
	*dns_reply_add(&reply) = (struct dns_rr){ &alias, (const uint8_t *)"\x0a\0\1\2",
		60, DNS_A, 4, DNS_ANSWER };
	*dns_reply_add(&reply) = (struct dns_rr){ &other,
		(const uint8_t *)"\x03"
				 "abc",
		5, DNS_TXT, 4, DNS_ADDITIONAL };
	n = dns_write(&q, &reply, out, sizeof(out));
	/* Header, question, and two pointers instead of "ec2.internal" thrice. */
	assert_memory_equal(out + 12,
	    "\x03WwW\x03"
	    "ec2\x08Internal",
	    17);
	assert_int_equal(n, 12 + 22 + (2 + 10 + 7) + (2 + 10 + 4) + (7 + 10 + 4));
	assert_int_equal(dns_message_read(out, n, &m), 0);
	assert_int_equal(m.flags, DNS_QR | DNS_AA | DNS_RD | DNS_RA);
	assert_int_equal(m.n_rr, 3);
	assert_true(dns_name_equal(m.rr[0].owner, &q.name));
	assert_int_equal(m.rr[0].len, alias.len);
	assert_true(dns_name_equal(m.rr[1].owner, &alias));
	assert_memory_equal(m.rr[1].data, "\x0a\0\1\2", 4);
	assert_int_equal(m.rr[2].section, DNS_ADDITIONAL);
}

/* A tail that repeats must not be looked for in the name that is being written. */
static void
a_name_that_repeats_itself_is_written_right(void **state UNUSED)
{
	static struct dns_reply reply;
	static struct dns_message m;
	struct dns_query q = query("a.a.a.a", DNS_A);
	uint8_t out[512];
	size_t n;

	memset(out, 0, sizeof(out));
	reply.n_rr = 0;
	n = dns_write(&q, &reply, out, sizeof(out));
	assert_int_equal(n, 12 + 9 + 4);
	assert_int_equal(dns_message_read(out, n, &m), 0);
	assert_true(dns_name_equal(&m.name, &q.name));
}

static void
what_does_not_fit_is_cut_and_said(void **state UNUSED)
{
	static struct dns_reply reply;
	static struct dns_message m;
	static uint8_t out[DNS_MESSAGE_MAX];
	struct dns_query q = query("many.ec2.internal", DNS_A);
	size_t n;

	reply.n_rr = 0;
	reply.n_fresh = DNS_RR_MAX;
	for (size_t i = 0; i < 300; i++)
		*dns_reply_add(&reply) = (struct dns_rr){ &q.name,
			(const uint8_t *)"\1\2\3\4", 9, DNS_A, 4, 0 };
	n = dns_write(&q, &reply, out, DNS_UDP_MIN);
	assert_true(n <= DNS_UDP_MIN);
	assert_int_equal(dns_message_read(out, n, &m), 0);
	assert_true(m.flags & DNS_TC);
	assert_int_equal(m.n_rr, (512 - 12 - 23) / 16);

	q.has_edns = 1;
	n = dns_write(&q, &reply, out, DNS_UDP_MAX);
	assert_true(n <= DNS_UDP_MAX);
	assert_int_equal(dns_message_read(out, n, &m), 0);
	assert_true(m.flags & DNS_TC);
	/* The OPT is there all the same. */
	assert_memory_equal(out + n - 11, "\0\0\x29\x04\xd0\0\0\0\0\0\0", 11);

	n = dns_write(&q, &reply, out, DNS_MESSAGE_MAX);
	assert_int_equal(dns_message_read(out, n, &m), 0);
	assert_false(m.flags & DNS_TC);
	assert_int_equal(m.n_rr, 300);
}

static void
age_is_taken_from_what_is_not_fresh(void **state UNUSED)
{
	static struct dns_reply reply;
	static struct dns_message m;
	struct dns_query q = query("x", DNS_A);
	uint8_t out[512];
	size_t n;

	reply.n_rr = 0;
	for (uint32_t ttl = 60; ttl >= 20; ttl -= 20)
		*dns_reply_add(&reply) = (struct dns_rr){ &q.name,
			(const uint8_t *)"\1\2\3\4", ttl, DNS_A, 4, 0 };
	reply.n_fresh = 1;
	reply.age_s = 30;
	n = dns_write(&q, &reply, out, sizeof(out));
	assert_int_equal(dns_message_read(out, n, &m), 0);
	assert_int_equal(m.rr[0].ttl, 60);
	assert_int_equal(m.rr[1].ttl, 10);
	assert_int_equal(m.rr[2].ttl, 0);
}

static void
bad_answers_are_refused(void **state UNUSED)
{
	static struct dns_message m;
#define ANSWER "\x12\x34\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00" WWW "\x00\x01\x00\x01"
	static const struct {
		const char *bytes;
		size_t len;
		int rc;
	} cases[] = {
#define CASE(s, rc) { ANSWER s, sizeof(ANSWER s) - 1, rc }
		CASE("\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\x01\x02\x03\x04",
		    0),
		CASE("\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\x01\x02\x03", -1),
		CASE(
		    "\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x05\x01\x02\x03\x04\x05",
		    -1),
		CASE("\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x3c\x00\x02\xc0\x0c", 0),
		CASE("\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x3c\x00\x03\xc0\x0c\x00", -1),
		CASE("\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x3c\x00\x01\xc0\x0c", -1),
		CASE("\xc0\x0c\x00\x06\x00\x01\x00\x00\x00\x3c\x00\x04\xc0\x0c\xc0\x0c",
		    -1),
		CASE("\xc0\x0c\x00\x0f\x00\x01\x00\x00\x00\x3c\x00\x01\x00", -1),
		CASE("\xc0\x0c\x00\x10\x00\x03\x00\x00\x00\x3c\x00\x01\x00",
		    0), /* CH: left out */
		CASE("", -1),
#undef CASE
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(dns_message_read((const uint8_t *)cases[i].bytes,
				     cases[i].len, &m),
		    cases[i].rc);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_read_through_pointers),
		cmocka_unit_test(bad_names_are_refused),
		cmocka_unit_test(a_name_has_255_bytes_at_most),
		cmocka_unit_test(names_are_parsed_from_text),
		cmocka_unit_test(queries_are_sorted_by_sense),
		cmocka_unit_test(edns_is_understood),
		cmocka_unit_test(what_is_written_can_be_read),
		cmocka_unit_test(a_name_that_repeats_itself_is_written_right),
		cmocka_unit_test(what_does_not_fit_is_cut_and_said),
		cmocka_unit_test(age_is_taken_from_what_is_not_fresh),
		cmocka_unit_test(bad_answers_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
