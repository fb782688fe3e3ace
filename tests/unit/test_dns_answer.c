/* What the resolver says of the names that it knows: question, rcode, flags, records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "agents/vpc/dns_answer.h"
#include "base/buf.h"
#include "base/cc.h"

static const char config[] =
    "{\"hostname\": \"simfra.local\", \"control\": \"10.0.0.3\","
    " \"zones\": [\"ec2.internal\", \"10.in-addr.arpa\"],"
    " \"records\": ["
    "{\"name\":\"ip-10-0-1-15.ec2.internal\",\"type\":\"A\",\"ttl\":60,\"values\":[\"10.0.1.15\"]},"
    "{\"name\":\"15.1.0.10.in-addr.arpa\",\"type\":\"PTR\",\"ttl\":60,"
    " \"values\":[\"ip-10-0-1-15.ec2.internal\"]},"
    "{\"name\":\"www.ec2.internal\",\"type\":\"CNAME\",\"ttl\":30,"
    " \"values\":[\"IP-10-0-1-15.ec2.internal\"]},"
    "{\"name\":\"loop1.ec2.internal\",\"type\":\"CNAME\",\"values\":[\"loop2.ec2.internal\"]},"
    "{\"name\":\"loop2.ec2.internal\",\"type\":\"CNAME\",\"values\":[\"loop1.ec2.internal\"]},"
    "{\"name\":\"dead.ec2.internal\",\"type\":\"CNAME\",\"values\":[\"nobody.ec2.internal\"]},"
    "{\"name\":\"out.ec2.internal\",\"type\":\"CNAME\",\"values\":[\"www.example.org\"]},"
    "{\"name\":\"*.apps.ec2.internal\",\"type\":\"A\",\"values\":[\"10.0.9.9\"]},"
    "{\"name\":\"one.apps.ec2.internal\",\"type\":\"A\",\"values\":[\"10.0.9.1\"]},"
    "{\"name\":\"deep.a.b.ec2.internal\",\"type\":\"TXT\",\"values\":[\"hello\"]},"
    "{\"name\":\"two.ec2.internal\",\"type\":\"A\",\"values\":[\"10.0.0.8\",\"10.0.0.9\"]},"
    "{\"name\":\"six.ec2.internal\",\"type\":\"AAAA\",\"values\":[\"fd00::1\"]},"
    "{\"name\":\"mx.ec2.internal\",\"type\":\"MX\",\"values\":[\"10 two.ec2.internal\"]},"
    "{\"name\":\"_s._tcp.ec2.internal\",\"type\":\"SRV\",\"values\":[\"1 2 443 two.ec2.internal\"]},"
    "{\"name\":\"own.simfra.local\",\"type\":\"A\",\"values\":[\"10.0.5.5\"]},"
    "{\"name\":\"db1.us-east-1.rds.amazonaws.com\",\"type\":\"A\",\"ttl\":5,"
    " \"values\":[\"10.0.3.3\"]}]}";

static struct dns_zones *
zones_of(const char *text)
{
	struct dns_zones *z = NULL;
	struct err err;
	json_t *doc;

	assert_int_equal(json_read(text, strlen(text), &doc, &err), 0);
	assert_int_equal(dns_zones_new(doc, &z, &err), 0);
	json_decref(doc);
	return z;
}

static void
show_name(const uint8_t *wire, struct buf *b)
{
	if (*wire == 0)
		buf_chr(b, '.');
	for (; *wire != 0; wire += dns_label_len(wire))
		buf_printf(b, "%.*s.", (int)wire[0], (const char *)wire + 1);
}

static void
show_data(const struct dns_rr *rr, struct buf *b)
{
	char text[INET6_ADDRSTRLEN];

	switch (rr->type) {
	case DNS_A:
		buf_str(b, inet_ntop(AF_INET, rr->data, text, sizeof(text)));
		break;
	case DNS_AAAA:
		buf_str(b, inet_ntop(AF_INET6, rr->data, text, sizeof(text)));
		break;
	case DNS_MX:
		buf_printf(b, "%d ", rr->data[1]);
		show_name(rr->data + 2, b);
		break;
	case DNS_SRV:
		buf_printf(b, "%d %d %d ", rr->data[1], rr->data[3],
		    rr->data[4] << 8 | rr->data[5]);
		show_name(rr->data + 6, b);
		break;
	case DNS_TXT:
	case DNS_HINFO:
		buf_add(b, rr->data + 1, rr->data[0]);
		break;
	case DNS_SOA:
		buf_str(b, "soa");
		break;
	default:
		show_name(rr->data, b);
	}
}

/* "NOERROR aa | owner ttl type data | …"; authority begins with "/". */
static void
show(const uint8_t *p, size_t len, struct buf *b)
{
	static const char *const rcodes[] = { "NOERROR", "FORMERR", "SERVFAIL",
		"NXDOMAIN", "NOTIMP", "REFUSED" };
	static struct dns_message m;

	assert_int_equal(dns_message_read(p, len, &m), 0);
	buf_str(b, rcodes[m.flags & DNS_RCODE]);
	buf_str(b, m.flags & DNS_AA ? " aa" : "");
	buf_str(b, m.flags & DNS_TC ? " tc" : "");
	for (size_t i = 0; i < m.n_rr; i++) {
		buf_str(b, m.rr[i].section == DNS_ANSWER ? " | " : " / ");
		show_name(m.rr[i].owner->wire, b);
		buf_printf(b, " %u %u ", m.rr[i].ttl, m.rr[i].type);
		show_data(&m.rr[i], b);
	}
}

/* Asks, by way of bytes; what must be asked elsewhere is "-> name" behind the rest. */
static void
ask(const struct dns_zones *z, const char *name, uint16_t type, uint16_t class,
    unsigned flags, struct buf *out)
{
	static struct dns_reply reply;
	struct dns_query q = { .flags = (uint16_t)flags,
		.has_question = 1,
		.type = type,
		.class = class };
	const struct dns_name *tail;
	enum dns_verdict verdict;
	uint8_t bytes[DNS_UDP_MAX];
	size_t n;

	assert_int_equal(dns_name_parse(name, &q.name), 0);
	verdict = dns_answer(z, DNS_SENSE, &q, &reply, &tail);
	n = dns_write(&q, &reply, bytes, sizeof(bytes));
	assert_memory_equal(bytes + 12, q.name.wire, q.name.len);
	show(bytes, n, out);
	if (verdict == DNS_ASK_OTHERS) {
		buf_str(out, " -> ");
		show_name(tail->wire, out);
	}
}

static void
every_question_has_its_answer(void **state UNUSED)
{
	static const struct {
		const char *name;
		uint16_t type;
		const char *reply;
	} cases[] = {
		{ "ip-10-0-1-15.ec2.internal", DNS_A,
		    "NOERROR aa | ip-10-0-1-15.ec2.internal. 60 1 10.0.1.15" },
		{ "iP-10-0-1-15.EC2.iNTERNAL", DNS_A,
		    "NOERROR aa | iP-10-0-1-15.EC2.iNTERNAL. 60 1 10.0.1.15" },
		{ "ip-10-0-1-15.ec2.internal", DNS_AAAA,
		    "NOERROR aa / ec2.internal. 10 6 soa" },
		{ "ip-10-0-1-16.ec2.internal", DNS_A,
		    "NXDOMAIN aa / ec2.internal. 10 6 soa" },
		{ "x.ip-10-0-1-15.ec2.internal", DNS_A,
		    "NXDOMAIN aa / ec2.internal. 10 6 soa" },
		{ "15.1.0.10.in-addr.arpa", DNS_PTR,
		    "NOERROR aa | 15.1.0.10.in-addr.arpa. 60 12 ip-10-0-1-15.ec2.internal." },
		{ "16.1.0.10.in-addr.arpa", DNS_PTR,
		    "NXDOMAIN aa / 10.in-addr.arpa. 10 6 soa" },
		{ "1.0.10.in-addr.arpa", DNS_PTR,
		    "NOERROR aa / 10.in-addr.arpa. 10 6 soa" },
		{ "1.0.0.11.in-addr.arpa", DNS_PTR, "NOERROR -> 1.0.0.11.in-addr.arpa." },
		{ "www.ec2.internal", DNS_A,
		    "NOERROR aa | www.ec2.internal. 30 5 IP-10-0-1-15.ec2.internal."
		    " | IP-10-0-1-15.ec2.internal. 60 1 10.0.1.15" },
		{ "www.ec2.internal", DNS_CNAME,
		    "NOERROR aa | www.ec2.internal. 30 5 IP-10-0-1-15.ec2.internal." },
		{ "www.ec2.internal", DNS_AAAA,
		    "NOERROR aa | www.ec2.internal. 30 5 IP-10-0-1-15.ec2.internal."
		    " / ec2.internal. 10 6 soa" },
		{ "dead.ec2.internal", DNS_A,
		    "NXDOMAIN aa | dead.ec2.internal. 60 5 nobody.ec2.internal."
		    " / ec2.internal. 10 6 soa" },
		{ "loop1.ec2.internal", DNS_A, "SERVFAIL" },
		{ "out.ec2.internal", DNS_A,
		    "NOERROR | out.ec2.internal. 60 5 www.example.org. -> www.example.org." },
		{ "any.apps.ec2.internal", DNS_A,
		    "NOERROR aa | any.apps.ec2.internal. 60 1 10.0.9.9" },
		{ "x.y.apps.ec2.internal", DNS_A,
		    "NOERROR aa | x.y.apps.ec2.internal. 60 1 10.0.9.9" },
		{ "one.apps.ec2.internal", DNS_A,
		    "NOERROR aa | one.apps.ec2.internal. 60 1 10.0.9.1" },
		{ "x.one.apps.ec2.internal", DNS_A,
		    "NXDOMAIN aa / ec2.internal. 10 6 soa" },
		{ "any.apps.ec2.internal", DNS_TXT,
		    "NOERROR aa / ec2.internal. 10 6 soa" },
		{ "apps.ec2.internal", DNS_A, "NOERROR aa / ec2.internal. 10 6 soa" },
		{ "b.ec2.internal", DNS_A, "NOERROR aa / ec2.internal. 10 6 soa" },
		{ "deep.a.b.ec2.internal", DNS_TXT,
		    "NOERROR aa | deep.a.b.ec2.internal. 60 16 hello" },
		{ "two.ec2.internal", DNS_A,
		    "NOERROR aa | two.ec2.internal. 60 1 10.0.0.8 | two.ec2.internal. 60 1 10.0.0.9" },
		{ "six.ec2.internal", DNS_AAAA,
		    "NOERROR aa | six.ec2.internal. 60 28 fd00::1" },
		{ "mx.ec2.internal", DNS_MX,
		    "NOERROR aa | mx.ec2.internal. 60 15 10 two.ec2.internal." },
		{ "_s._tcp.ec2.internal", DNS_SRV,
		    "NOERROR aa | _s._tcp.ec2.internal. 60 33 1 2 443 two.ec2.internal." },
		{ "ec2.internal", DNS_SOA, "NOERROR aa | ec2.internal. 900 6 soa" },
		{ "ec2.internal", DNS_A, "NOERROR aa / ec2.internal. 10 6 soa" },
		{ "two.ec2.internal", DNS_SOA, "NOERROR aa / ec2.internal. 10 6 soa" },
		{ "simfra.local", DNS_A, "NOERROR aa | simfra.local. 60 1 10.0.0.3" },
		{ "simfra.local", DNS_AAAA, "NOERROR aa / simfra.local. 10 6 soa" },
		{ "sqs.us-east-1.simfra.local", DNS_A,
		    "NOERROR aa | sqs.us-east-1.simfra.local. 60 1 10.0.0.3" },
		{ "own.simfra.local", DNS_A,
		    "NOERROR aa | own.simfra.local. 60 1 10.0.5.5" },
		{ "x.own.simfra.local", DNS_A,
		    "NOERROR aa | x.own.simfra.local. 60 1 10.0.0.3" },
		{ "notsimfra.local", DNS_A, "NOERROR -> notsimfra.local." },
		{ "db1.us-east-1.rds.amazonaws.com", DNS_A,
		    "NOERROR aa | db1.us-east-1.rds.amazonaws.com. 5 1 10.0.3.3" },
		{ "db1.us-east-1.rds.amazonaws.com", DNS_AAAA,
		    "NOERROR aa / db1.us-east-1.rds.amazonaws.com. 10 6 soa" },
		{ "us-east-1.rds.amazonaws.com", DNS_A,
		    "NOERROR -> us-east-1.rds.amazonaws.com." },
		{ "example.org", DNS_A, "NOERROR -> example.org." },
		{ ".", DNS_NS, "NOERROR -> ." },
		{ "ip-10-0-1-15.ec2.internal", DNS_ANY,
		    "NOERROR aa | ip-10-0-1-15.ec2.internal. 60 1 10.0.1.15" },
		{ "example.org", DNS_ANY, "NOERROR | example.org. 3600 13 RFC8482" },
		{ "ec2.internal", DNS_OPT, "FORMERR" },
		{ "ec2.internal", 252, "REFUSED" }, /* AXFR */
		{ "example.org", 252, "REFUSED" },
	};
	struct dns_zones *z = zones_of(config);

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf b;

		buf_init(&b, 0);
		ask(z, cases[i].name, cases[i].type, DNS_IN, DNS_RD, &b);
		assert_string_equal(buf_text(&b), cases[i].reply);
		buf_done(&b);
	}
	dns_zones_free(z);
}

/* As control tells it: AWS's suffixes, endpoints, public names. */
static const char aws[] =
    "{\"hostname\": \"simfra.local\", \"control\": \"10.0.0.3\", \"public\": \"198.18.0.0/16\","
    " \"control_zones\": [\"amazonaws.com\", \"api.aws\", \"amazonaws.com.cn\"],"
    " \"zones\": [\"ec2.internal\", \"compute-1.amazonaws.com\", \"compute.amazonaws.com\","
    "  \"us-east-1.vpce.amazonaws.com\"],"
    " \"elsewhere\": [\"amazonlinux.default.amazonaws.com\"],"
    " \"records\": ["
    "{\"name\":\"ec2-198-18-16-5.compute-1.amazonaws.com\",\"type\":\"A\","
    " \"values\":[\"10.0.1.15\"]},"
    "{\"name\":\"sqs.us-east-1.amazonaws.com\",\"type\":\"A\","
    " \"values\":[\"10.0.7.7\"]},"
    "{\"name\":\"*.dkr.ecr.us-east-1.amazonaws.com\",\"type\":\"A\","
    " \"values\":[\"10.0.7.8\"]},"
    "{\"name\":\"vpce-1-abc.sqs.us-east-1.vpce.amazonaws.com\",\"type\":\"A\","
    " \"values\":[\"10.0.7.7\"]}]}";

static void
names_of_aws_lead_to_control_unless_something_nearer_has_them(void **state UNUSED)
{
#define CONTROL(name)                                               \
	{                                                           \
		name, DNS_A, "NOERROR aa | " name ". 60 1 10.0.0.3" \
	}
#define PUBLIC(name, address)                                       \
	{                                                           \
		name, DNS_A, "NOERROR aa | " name ". 60 1 " address \
	}
	static const struct {
		const char *name;
		uint16_t type;
		const char *reply;
	} cases[] = {
		CONTROL("sts.amazonaws.com"),
		CONTROL("amazonaws.com"),
		CONTROL("ec2.eu-west-1.amazonaws.com"),
		CONTROL("my.own.bucket.s3.us-west-2.amazonaws.com"),
		CONTROL("ec2.us-east-1.api.aws"),
		CONTROL("s3.cn-north-1.amazonaws.com.cn"),
		CONTROL("us-east-1.amazonaws.com"), /* empty, but for names below */
		CONTROL("x.sqs.us-east-1.amazonaws.com"),
		CONTROL("default.amazonaws.com"),
		{ "sts.amazonaws.com", DNS_AAAA, "NOERROR aa / amazonaws.com. 10 6 soa" },
		{ "notamazonaws.com", DNS_A, "NOERROR -> notamazonaws.com." },
		{ "aws", DNS_A, "NOERROR -> aws." },
		/* Endpoints in the VPC. */
		PUBLIC("sqs.us-east-1.amazonaws.com", "10.0.7.7"),
		{ "sqs.us-east-1.amazonaws.com", DNS_AAAA,
		    "NOERROR aa / amazonaws.com. 10 6 soa" },
		PUBLIC("1.dkr.ecr.us-east-1.amazonaws.com", "10.0.7.8"),
		PUBLIC("vpce-1-abc.sqs.us-east-1.vpce.amazonaws.com", "10.0.7.7"),
		{ "vpce-2-abc.sqs.us-east-1.vpce.amazonaws.com", DNS_A,
		    "NXDOMAIN aa / us-east-1.vpce.amazonaws.com. 10 6 soa" },
		/* Public names: ours privately, others' as they say. */
		PUBLIC("ec2-198-18-16-5.compute-1.amazonaws.com", "10.0.1.15"),
		PUBLIC("ec2-198-18-16-6.compute-1.amazonaws.com", "198.18.16.6"),
		PUBLIC("EC2-198-18-255-254.eu-west-1.compute.AMAZONAWS.com",
		    "198.18.255.254"),
		{ "ec2-198-18-16-6.compute-1.amazonaws.com", DNS_AAAA,
		    "NOERROR aa / compute-1.amazonaws.com. 10 6 soa" },
		{ "ec2-198-19-0-1.compute-1.amazonaws.com", DNS_A,
		    "NXDOMAIN aa / compute-1.amazonaws.com. 10 6 soa" },
		{ "ec2-198-18-016-6.compute-1.amazonaws.com", DNS_A,
		    "NXDOMAIN aa / compute-1.amazonaws.com. 10 6 soa" },
		{ "ec2-198-18-16.compute-1.amazonaws.com", DNS_A,
		    "NXDOMAIN aa / compute-1.amazonaws.com. 10 6 soa" },
		{ "ec2-198-18-16-256.compute-1.amazonaws.com", DNS_A,
		    "NXDOMAIN aa / compute-1.amazonaws.com. 10 6 soa" },
		{ "ec2-198-18-16-6-.compute-1.amazonaws.com", DNS_A,
		    "NXDOMAIN aa / compute-1.amazonaws.com. 10 6 soa" },
		{ "x.ec2-198-18-16-6.compute-1.amazonaws.com", DNS_A,
		    "NXDOMAIN aa / compute-1.amazonaws.com. 10 6 soa" },
		{ "ec2-198-18-16-6.compute.amazonaws.com", DNS_A,
		    "NXDOMAIN aa / compute.amazonaws.com. 10 6 soa" },
		/* Sources of packages are not ours to give. */
		{ "amazonlinux.default.amazonaws.com", DNS_A,
		    "NOERROR -> amazonlinux.default.amazonaws.com." },
		{ "a.amazonlinux.default.amazonaws.com", DNS_A,
		    "NOERROR -> a.amazonlinux.default.amazonaws.com." },
	};
	struct dns_zones *z = zones_of(aws);

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf b;

		buf_init(&b, 0);
		ask(z, cases[i].name, cases[i].type, DNS_IN, DNS_RD, &b);
		assert_string_equal(buf_text(&b), cases[i].reply);
		buf_done(&b);
	}
	dns_zones_free(z);
}

static void
other_classes_and_recursion_not_desired_are_refused(void **state UNUSED)
{
	struct dns_zones *z = zones_of(config);
	struct buf b;

	buf_init(&b, 0);
	ask(z, "version.bind", DNS_TXT, 3, DNS_RD, &b);
	assert_string_equal(buf_text(&b), "REFUSED");
	buf_reset(&b);
	ask(z, "example.org", DNS_A, DNS_IN, 0, &b);
	assert_string_equal(buf_text(&b), "REFUSED");
	buf_reset(&b);
	ask(z, "out.ec2.internal", DNS_A, DNS_IN, 0, &b);
	assert_string_equal(buf_text(&b),
	    "NOERROR | out.ec2.internal. 60 5 www.example.org.");
	buf_reset(&b);
	ask(z, "simfra.local", DNS_A, DNS_IN, 0, &b);
	assert_string_equal(buf_text(&b), "NOERROR aa | simfra.local. 60 1 10.0.0.3");
	buf_done(&b);
	dns_zones_free(z);
}

static void
what_makes_no_sense_is_told_so(void **state UNUSED)
{
	static const struct {
		enum dns_sense sense;
		int version;
		enum dns_rcode rcode;
	} cases[] = {
		{ DNS_NONSENSE, 0, DNS_FORMERR },
		{ DNS_FOREIGN, 0, DNS_NOTIMP },
		{ DNS_SENSE, 1, DNS_BADVERS },
	};
	static struct dns_reply reply;
	struct dns_zones *z = zones_of("{}");

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct dns_query q = { .id = 0x1234,
			.flags = 0x2800,
			.has_edns = 1,
			.version = (uint8_t)cases[i].version,
			.class = DNS_IN,
			.type = DNS_A,
			.name = { .len = 1 } };
		const struct dns_name *tail;
		uint8_t out[512];
		size_t n;

		assert_int_equal(dns_answer(z, cases[i].sense, &q, &reply, &tail),
		    DNS_ANSWERED);
		assert_int_equal(reply.rcode, cases[i].rcode);
		n = dns_write(&q, &reply, out, sizeof(out));
		assert_int_equal(n, 12 + 11);
		/* The opcode goes back, the rcode is in two halves (RFC 6891 6.1.3). */
		assert_int_equal(out[2] & 0xf8, 0xa8);
		assert_int_equal(out[3] & 0x0f, cases[i].rcode & 0x0f);
		assert_int_equal(out[12 + 5], cases[i].rcode >> 4);
	}
	dns_zones_free(z);
}

static void
clients_begin_at_different_addresses(void **state UNUSED)
{
	static struct dns_reply reply;
	struct dns_zones *z = zones_of(config);
	struct dns_query q = { .has_question = 1, .type = DNS_A, .class = DNS_IN };
	const struct dns_name *tail;
	uint8_t first[2];

	assert_int_equal(dns_name_parse("two.ec2.internal", &q.name), 0);
	for (q.id = 0; q.id < 2; q.id++) {
		assert_int_equal(dns_answer(z, DNS_SENSE, &q, &reply, &tail),
		    DNS_ANSWERED);
		assert_int_equal(reply.n_rr, 2);
		first[q.id] = reply.rr[0].data[3];
	}
	assert_int_not_equal(first[0], first[1]);
	dns_zones_free(z);
}

static int
hear(const struct dns_zones *z, const char *name, uint16_t type, uint16_t id,
    struct dns_reply *reply)
{
	struct dns_query q = { .id = id,
		.has_question = 1,
		.type = type,
		.class = DNS_IN };
	const struct dns_name *tail;

	assert_int_equal(dns_name_parse(name, &q.name), 0);
	assert_int_equal(dns_answer(z, DNS_SENSE, &q, reply, &tail), DNS_ANSWERED);
	return reply->n_rr > 0 ? reply->rr[0].data[3] : -1;
}

static void
of_alternatives_each_comes_by_its_weight(void **state UNUSED)
{
	static struct dns_reply reply;
	struct dns_zones *z = zones_of(
	    "{\"zones\":[\"a.com\"],\"records\":["
	    "{\"name\":\"w.a.com\",\"type\":\"A\",\"weight\":3,\"values\":[\"10.0.0.1\"]},"
	    "{\"name\":\"w.a.com\",\"type\":\"A\",\"weight\":1,\"values\":[\"10.0.0.2\",\"10.0.0.3\"]},"
	    "{\"name\":\"w.a.com\",\"type\":\"AAAA\",\"values\":[\"::1\"]}]}");
	int n[4] = { 0 };

	for (int id = 0; id < 10000; id++) {
		int last = hear(z, "w.a.com", DNS_A, (uint16_t)id, &reply);

		assert_in_range(last, 1, 3);
		assert_int_equal(reply.n_rr, last == 1 ? 1 : 2);
		n[last]++;
	}
	assert_in_range(n[1], 7200, 7800);
	assert_true(n[2] > 0 && n[3] > 0);
	hear(z, "w.a.com", DNS_AAAA, 1, &reply);
	assert_int_equal(reply.n_rr, 1);
	dns_zones_free(z);
}

static void
a_zones_own_soa_says_how_long_nothing_holds(void **state UNUSED)
{
	static struct dns_reply reply;
	/* "a." "b." 1 2 3 4 300 */
	struct dns_zones *z = zones_of(
	    "{\"zones\":[\"a.com\"],\"records\":["
	    "{\"name\":\"a.com\",\"type\":\"TYPE6\",\"ttl\":900,\"values\":[\"\\\\# 26 "
	    "016100016200000000010000000200000003000000040000012c\"]},"
	    "{\"name\":\"a.com\",\"type\":\"TYPE257\",\"values\":[\"\\\\# 3 000161\"]}]}");

	hear(z, "none.a.com", DNS_A, 1, &reply);
	assert_int_equal(reply.rcode, DNS_NXDOMAIN);
	assert_int_equal(reply.rr[0].type, DNS_SOA);
	assert_int_equal(reply.rr[0].ttl, 300);
	assert_int_equal(reply.rr[0].len, 26);
	hear(z, "a.com", DNS_SOA, 1, &reply);
	assert_int_equal(reply.rr[0].ttl, 900);
	hear(z, "a.com", 257, 1, &reply);
	assert_int_equal(reply.n_rr, 1);
	assert_int_equal(reply.rr[0].len, 3);
	dns_zones_free(z);
}

static void
wrong_configurations_are_refused(void **state UNUSED)
{
	static const char *const cases[] = {
		"{\"zones\":[1]}",
		"{\"zones\":[\"a..b\"]}",
		"{\"records\":[{}]}",
		"{\"records\":[1]}",
		"{\"records\":[{\"name\":\"a\",\"type\":\"A\"}]}",
		"{\"records\":[{\"name\":\"a\",\"type\":\"A\",\"values\":[]}]}",
		"{\"records\":[{\"name\":\"a\",\"type\":\"A\",\"values\":[\"10.0.0\"]}]}",
		"{\"records\":[{\"name\":\"a\",\"type\":\"A\",\"values\":[10]}]}",
		"{\"records\":[{\"name\":\"a\",\"type\":\"NULL\",\"values\":[\"\"]}]}",
		"{\"records\":[{\"name\":\"a\",\"type\":\"MX\",\"values\":[\"b\"]}]}",
		"{\"records\":[{\"name\":\"a\",\"type\":\"SRV\",\"values\":[\"1 2 65536 b\"]}]}",
		"{\"records\":[{\"name\":\"a\",\"type\":\"A\",\"ttl\":-1,\"values\":[\"1.2.3.4\"]}]}",
		"{\"records\":[{\"name\":\"a\",\"type\":\"TYPE41\",\"values\":[\"\\\\# 1 00\"]}]}",
		"{\"records\":[{\"name\":\"a\",\"type\":\"TYPE0\",\"values\":[\"\\\\# 1 00\"]}]}",
		"{\"records\":[{\"name\":\"a\",\"type\":\"TYPE99999\",\"values\":[\"\\\\# 1 00\"]}]}",
		"{\"records\":[{\"name\":\"a\",\"type\":\"TYPE257\",\"values\":[\"\\\\# 2 00\"]}]}",
		"{\"records\":[{\"name\":\"a\",\"type\":\"TYPE257\",\"values\":[\"ab\"]}]}",
		"{\"records\":[{\"name\":\"a\",\"type\":\"TYPE5\",\"values\":[\"\\\\# 2 0561\"]}]}",
		"{\"records\":[{\"name\":\"a\",\"type\":\"A\",\"weight\":-1,\"values\":[\"1.2.3.4\"]}]}",
		"{\"hostname\":\"simfra.local\",\"control\":\"here\"}",
		"{\"hostname\":\"\",\"control\":\"10.0.0.3\"}",
		"{\"control_zones\":[\"\"],\"control\":\"10.0.0.3\"}",
		"{\"control_zones\":[7],\"control\":\"10.0.0.3\"}",
		"{\"elsewhere\":[\"a..b\"]}",
		"{\"public\":\"198.18.0.0\"}",
		"{\"public\":7}",
		"{\"public\":\"0.0.0.0/0\"}",
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct dns_zones *z = NULL;
		struct err err = { 0 };
		json_t *doc;

		assert_int_equal(json_read(cases[i], strlen(cases[i]), &doc, &err), 0);
		assert_int_equal(dns_zones_new(doc, &z, &err), -1);
		assert_null(z);
		assert_int_not_equal(err.msg[0], '\0');
		json_decref(doc);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_question_has_its_answer),
		cmocka_unit_test(
		    names_of_aws_lead_to_control_unless_something_nearer_has_them),
		cmocka_unit_test(other_classes_and_recursion_not_desired_are_refused),
		cmocka_unit_test(what_makes_no_sense_is_told_so),
		cmocka_unit_test(clients_begin_at_different_addresses),
		cmocka_unit_test(of_alternatives_each_comes_by_its_weight),
		cmocka_unit_test(a_zones_own_soa_says_how_long_nothing_holds),
		cmocka_unit_test(wrong_configurations_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
