/*
 * Questions that are passed on, against resolvers on loopback that answer as the test
 * wants: wrongly, cut, late, never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/vpc/dns_write.h"
#include "agents/vpc/resolver.h"
#include "base/cc.h"

enum manner {
	ANSWERS,
	LIES_FIRST, /* wrong id, wrong question, wrong socket; then the truth */
	TRUNCATES,  /* over UDP; 100 records over TCP */
	IS_SILENT,
	FAILS, /* SERVFAIL */
	REFUSES,
	KNOWS_NO_EDNS, /* FORMERR to it */
	KNOWS_NOTHING, /* NXDOMAIN with a SOA */
	IS_BROKEN,     /* an answer that is cut */
	HOLDS_ZERO,    /* a TTL of 0 */
};

struct upstream {
	enum manner manner;
	uv_udp_t udp, stranger;
	uv_tcp_t tcp, conn;
	struct sockaddr_in at;
	int n_udp, n_tcp, n_plain; /* questions; those without EDNS */
	uint8_t in[512], out[4096];
	size_t tcp_len;
	int has_conn;
};

struct fixture {
	uv_loop_t loop;
	struct resolver *resolver;
	struct upstream up[2];
	/* What the client got. */
	int n_replies;
	uint8_t reply[DNS_MESSAGE_MAX];
	size_t len;
	struct dns_message m;
	uv_timer_t guard;
	int is_late;
};

static size_t
question_len(const uint8_t *p)
{
	size_t n = 12;

	while (p[n] != 0)
		n += (size_t)p[n] + 1;
	return n + 5;
}

static const uint8_t record_a[] = "\xc0\x0c\0\x01\0\x01\0\0\x01\x2c\0\x04\xc0\0\x02\x07";
static const uint8_t record_soa[] =
    "\0\0\x06\0\x01\0\0\0\x1e\0\x16\0\0\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\x1e";

/* The question with a header of ours and what follows it. */
static size_t
build(struct upstream *u, const uint8_t *q, unsigned flags, const uint8_t *rr,
    size_t rr_len, unsigned n_rr, size_t section)
{
	size_t n = question_len(q);

	memcpy(u->out, q, n);
	u->out[2] = (uint8_t)((flags | DNS_QR | DNS_RD) >> 8);
	u->out[3] = (uint8_t)(flags | DNS_RA);
	memset(u->out + 6, 0, 6);
	u->out[6 + 2 * section + 1] = (uint8_t)n_rr;
	for (unsigned i = 0; i < n_rr; i++, n += rr_len)
		memcpy(u->out + n, rr, rr_len);
	return n;
}

static void
send_from(uv_udp_t *udp, const uint8_t *p, size_t n, const struct sockaddr *to)
{
	uv_buf_t buf = uv_buf_init((char *)(uintptr_t)p, (unsigned)n);

	assert_int_equal(uv_udp_try_send(udp, &buf, 1, to), n);
}

static void
lie(struct upstream *u, const uint8_t *q, const struct sockaddr *to)
{
	size_t n = build(u, q, 0, record_a, sizeof(record_a) - 1, 1, 0);

	u->out[n - 1] = 66; /* the address that must not be believed */
	u->out[0] ^= 0xff;
	send_from(&u->udp, u->out, n, to);
	u->out[0] ^= 0xff;
	u->out[13] ^= 1;
	send_from(&u->udp, u->out, n, to);
	u->out[13] ^= 1;
	u->out[2] &= 0x7f;
	send_from(&u->udp, u->out, n, to);
	u->out[2] |= 0x80;
	send_from(&u->udp, u->out, 11, to);
	send_from(&u->stranger, u->out, n, to);
}

static void
on_question(uv_udp_t *udp, ssize_t n, const uv_buf_t *buf, const struct sockaddr *from,
    unsigned flags UNUSED)
{
	struct upstream *u = udp->data;
	const uint8_t *q = (const uint8_t *)buf->base;
	const uint8_t zero[] = "\xc0\x0c\0\x01\0\x01\0\0\0\0\0\x04\xc0\0\x02\x07";
	size_t len = 0;
	int edns;

	if (n <= 0)
		return;
	u->n_udp++;
	edns = q[11] == 1;
	u->n_plain += !edns;
	if (u->manner == LIES_FIRST)
		lie(u, q, from);
	switch (u->manner) {
	case LIES_FIRST:
	case ANSWERS:
		len = build(u, q, 0, record_a, sizeof(record_a) - 1, 1, 0);
		break;
	case HOLDS_ZERO:
		len = build(u, q, 0, zero, sizeof(zero) - 1, 1, 0);
		break;
	case TRUNCATES:
		len = build(u, q, DNS_TC, NULL, 0, 0, 0);
		break;
	case FAILS:
		len = build(u, q, DNS_SERVFAIL, NULL, 0, 0, 0);
		break;
	case REFUSES:
		len = build(u, q, DNS_REFUSED, NULL, 0, 0, 0);
		break;
	case KNOWS_NO_EDNS:
		len = edns ? build(u, q, DNS_FORMERR, NULL, 0, 0, 0) :
			     build(u, q, 0, record_a, sizeof(record_a) - 1, 1, 0);
		break;
	case KNOWS_NOTHING:
		len = build(u, q, DNS_NXDOMAIN, record_soa, sizeof(record_soa) - 1, 1, 1);
		break;
	case IS_BROKEN:
		len = build(u, q, 0, record_a, sizeof(record_a) - 1, 1, 0) - 2;
		break;
	case IS_SILENT:
		return;
	}
	send_from(&u->udp, u->out, len, from);
}

static void
on_alloc(uv_handle_t *handle, size_t hint UNUSED, uv_buf_t *buf)
{
	struct upstream *u = handle->data;
	size_t used = handle == (uv_handle_t *)&u->conn ? u->tcp_len : 0;

	*buf = uv_buf_init((char *)u->in + used, (unsigned)(sizeof(u->in) - used));
}

static void
on_tcp_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf UNUSED)
{
	struct upstream *u = stream->data;
	uint8_t head[2];
	uv_buf_t bufs[2];
	size_t len;

	if (n < 0) {
		uv_read_stop(stream);
		return;
	}
	u->tcp_len += (size_t)n;
	if (u->tcp_len < 2 || u->tcp_len < 2 + (size_t)u->in[1])
		return;
	u->n_tcp++;
	len = build(u, u->in + 2, 0, record_a, sizeof(record_a) - 1, 100, 0);
	head[0] = (uint8_t)(len >> 8);
	head[1] = (uint8_t)len;
	bufs[0] = uv_buf_init((char *)head, 2);
	bufs[1] = uv_buf_init((char *)u->out, (unsigned)len);
	assert_int_equal(uv_try_write(stream, bufs, 2), len + 2);
}

static void
on_tcp(uv_stream_t *listener, int status)
{
	struct upstream *u = listener->data;

	assert_int_equal(status, 0);
	assert_false(u->has_conn);
	u->has_conn = 1;
	uv_tcp_init(listener->loop, &u->conn);
	u->conn.data = u;
	assert_int_equal(uv_accept(listener, (uv_stream_t *)&u->conn), 0);
	uv_read_start((uv_stream_t *)&u->conn, on_alloc, on_tcp_read);
}

static void
upstream_open(uv_loop_t *loop, struct upstream *u)
{
	int len = sizeof(u->at);

	assert_int_equal(net_parse("127.0.0.1", 0, &u->at), 0);
	uv_udp_init(loop, &u->udp);
	uv_udp_init(loop, &u->stranger);
	uv_tcp_init(loop, &u->tcp);
	u->udp.data = u;
	u->stranger.data = u;
	u->tcp.data = u;
	/* TCP first: what it is given is free for UDP, too. */
	assert_int_equal(uv_tcp_bind(&u->tcp, (struct sockaddr *)&u->at, 0), 0);
	uv_tcp_getsockname(&u->tcp, (struct sockaddr *)&u->at, &len);
	assert_int_equal(uv_listen((uv_stream_t *)&u->tcp, 8, on_tcp), 0);
	assert_int_equal(uv_udp_bind(&u->udp, (struct sockaddr *)&u->at, 0), 0);
	uv_udp_recv_start(&u->udp, on_alloc, on_question);
}

static void
on_guard(uv_timer_t *timer)
{
	struct fixture *f = timer->data;

	f->is_late = 1;
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	uv_loop_init(&f->loop);
	f->resolver = resolver_open(&f->loop);
	upstream_open(&f->loop, &f->up[0]);
	upstream_open(&f->loop, &f->up[1]);
	uv_timer_init(&f->loop, &f->guard);
	f->guard.data = f;
	uv_timer_start(&f->guard, on_guard, 30000, 0);
	*state = f;
	return 0;
}

static void
close_all(uv_handle_t *handle, void *arg UNUSED)
{
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	resolver_close(f->resolver);
	uv_walk(&f->loop, close_all, NULL);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	free(f);
	return 0;
}

static void
use(struct fixture *f, const char *dns, enum manner first, enum manner second)
{
	struct dns_servers servers = { 2, { f->up[0].at, f->up[1].at } };
	struct dns_zones *z = NULL;
	struct err err;
	json_t *doc;

	f->up[0].manner = first;
	f->up[1].manner = second;
	assert_int_equal(json_read(dns, strlen(dns), &doc, &err), 0);
	assert_int_equal(dns_zones_new(doc, &z, &err), 0);
	json_decref(doc);
	resolver_use(f->resolver, z, &servers);
}

static void
on_reply(void *owner, const union net_any *to, const uint8_t *p, size_t len)
{
	struct fixture *f = owner;

	assert_int_equal(ntohs(net_port(to)), 4242);
	memcpy(f->reply, p, len);
	f->len = len;
	f->n_replies++;
}

static size_t
put_in(struct fixture *f, const char *name, int is_tcp)
{
	struct resolver_client client = { on_reply, f,
		{ .v4 = { .sin_family = AF_INET, .sin_port = htons(4242) } }, is_tcp };
	uint8_t q[DNS_QUESTION_MAX];
	struct dns_name n;
	size_t len;

	assert_int_equal(dns_name_parse(name, &n), 0);
	len = dns_write_question(0x4711, &n, DNS_A, 0, q);
	len = resolver_ask(f->resolver, q, len, &client, f->reply, sizeof(f->reply));
	if (len != RESOLVER_LATER) {
		f->len = len;
		f->n_replies++;
	}
	return len;
}

static void
wait_for(struct fixture *f, int n_replies)
{
	while (f->n_replies < n_replies && !f->is_late)
		uv_run(&f->loop, UV_RUN_ONCE);
	assert_false(f->is_late);
	assert_int_equal(dns_message_read(f->reply, f->len, &f->m), 0);
	assert_int_equal(f->m.id, 0x4711);
}

/* Asks and waits; returns the rcode. */
static unsigned
ask(struct fixture *f, const char *name, int is_tcp)
{
	f->n_replies = 0;
	put_in(f, name, is_tcp);
	wait_for(f, 1);
	return f->m.flags & DNS_RCODE;
}

static void
an_answer_comes_back_and_is_remembered(void **state)
{
	struct fixture *f = *state;

	use(f, "{}", ANSWERS, ANSWERS);
	assert_int_equal(ask(f, "wWw.Example.org", 0), DNS_NOERROR);
	assert_int_equal(f->m.n_rr, 1);
	assert_memory_equal(f->m.rr[0].data, "\xc0\0\2\7", 4);
	assert_int_equal(f->m.rr[0].ttl, 300);
	assert_false(f->m.flags & DNS_AA);
	assert_memory_equal(f->reply + 12, "\3wWw\7Example", 12);
	f->n_replies = 0;
	assert_int_not_equal(put_in(f, "www.eXample.org", 0), RESOLVER_LATER);
	assert_int_equal(dns_message_read(f->reply, f->len, &f->m), 0);
	assert_memory_equal(f->reply + 12, "\3www\7eXample", 12);
	assert_int_equal(f->up[0].n_udp, 1);
}

static void
an_answer_without_a_life_is_not_remembered(void **state)
{
	struct fixture *f = *state;

	use(f, "{}", HOLDS_ZERO, ANSWERS);
	assert_int_equal(ask(f, "zero.example.org", 0), DNS_NOERROR);
	assert_int_equal(ask(f, "zero.example.org", 0), DNS_NOERROR);
	assert_int_equal(f->up[0].n_udp, 2);
}

static void
other_servers_empty_the_memory(void **state)
{
	struct fixture *f = *state;
	struct dns_servers one = { 1, { f->up[1].at } };
	struct dns_zones *z = NULL;
	struct err err;

	use(f, "{}", ANSWERS, KNOWS_NOTHING);
	assert_int_equal(ask(f, "a.example.org", 0), DNS_NOERROR);
	assert_int_equal(dns_zones_new(NULL, &z, &err), 0);
	resolver_use(f->resolver, z, &one);
	assert_int_equal(ask(f, "a.example.org", 0), DNS_NXDOMAIN);
}

static void
lies_are_not_believed(void **state)
{
	struct fixture *f = *state;

	use(f, "{}", LIES_FIRST, IS_SILENT);
	assert_int_equal(ask(f, "www.example.org", 0), DNS_NOERROR);
	assert_int_equal(f->m.n_rr, 1);
	assert_int_equal(f->m.rr[0].data[3], 7);
	assert_int_equal(f->up[0].n_udp, 1);
	assert_int_equal(f->up[1].n_udp, 0);
}

static void
what_is_truncated_is_fetched_over_tcp(void **state)
{
	struct fixture *f = *state;

	use(f, "{}", TRUNCATES, IS_SILENT);
	assert_int_equal(ask(f, "big.example.org", 1), DNS_NOERROR);
	assert_int_equal(f->m.n_rr, 100);
	assert_int_equal(f->up[0].n_tcp, 1);
	/* The client over UDP gets what fits, and is told. */
	assert_int_equal(ask(f, "big.example.org", 0), DNS_NOERROR);
	assert_true(f->m.flags & DNS_TC);
	assert_true(f->len <= DNS_UDP_MIN);
	assert_int_equal(f->up[0].n_tcp, 1);
}

static void
a_silent_server_is_followed_by_the_next(void **state)
{
	struct fixture *f = *state;

	use(f, "{}", IS_SILENT, ANSWERS);
	assert_int_equal(ask(f, "a.example.org", 0), DNS_NOERROR);
	assert_int_equal(f->up[0].n_udp, 1);
	assert_int_equal(f->up[1].n_udp, 1);
	/* And is not the first to be asked from then on. */
	assert_int_equal(ask(f, "b.example.org", 0), DNS_NOERROR);
	assert_int_equal(f->up[0].n_udp, 1);
	assert_int_equal(f->up[1].n_udp, 2);
}

static void
a_failing_server_is_followed_by_the_next(void **state)
{
	static const enum manner bad[] = { FAILS, REFUSES, IS_BROKEN };
	struct fixture *f = *state;
	char name[32];

	for (size_t i = 0; i < COUNT(bad); i++) {
		use(f, "{}", bad[i], ANSWERS);
		snprintf(name, sizeof(name), "n%zu.example.org", i);
		assert_int_equal(ask(f, name, 0), DNS_NOERROR);
		f->up[1].manner = bad[i];
		f->up[0].manner = ANSWERS;
		snprintf(name, sizeof(name), "m%zu.example.org", i);
		assert_int_equal(ask(f, name, 0), DNS_NOERROR);
	}
}

static void
a_closed_port_is_noticed_at_once(void **state)
{
	struct fixture *f = *state;
	uint64_t start;

	use(f, "{}", ANSWERS, ANSWERS);
	uv_close((uv_handle_t *)&f->up[0].udp, NULL);
	uv_run(&f->loop, UV_RUN_NOWAIT);
	start = uv_hrtime();
	assert_int_equal(ask(f, "a.example.org", 0), DNS_NOERROR);
	assert_true(uv_hrtime() - start < 900 * 1000000ULL);
	assert_int_equal(f->up[1].n_udp, 1);
}

static void
when_all_fail_the_client_is_told(void **state)
{
	struct fixture *f = *state;

	use(f, "{}", FAILS, REFUSES);
	assert_int_equal(ask(f, "a.example.org", 0), DNS_SERVFAIL);
	assert_int_equal(f->m.n_rr, 0);
}

static void
a_server_without_edns_is_asked_without(void **state)
{
	struct fixture *f = *state;

	use(f, "{}", KNOWS_NO_EDNS, IS_SILENT);
	assert_int_equal(ask(f, "a.example.org", 0), DNS_NOERROR);
	assert_int_equal(f->m.n_rr, 1);
	assert_int_equal(f->up[0].n_udp, 2);
	assert_int_equal(f->up[0].n_plain, 1);
}

static void
a_negative_answer_is_remembered(void **state)
{
	struct fixture *f = *state;

	use(f, "{}", KNOWS_NOTHING, IS_SILENT);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(ask(f, "none.example.org", 0), DNS_NXDOMAIN);
		assert_int_equal(f->m.n_rr, 1);
		assert_int_equal(f->m.rr[0].type, DNS_SOA);
		assert_int_equal(f->m.rr[0].section, DNS_AUTHORITY);
	}
	assert_int_equal(f->up[0].n_udp, 1);
}

static void
the_same_question_goes_out_once(void **state)
{
	struct fixture *f = *state;

	use(f, "{}", ANSWERS, IS_SILENT);
	for (int i = 0; i < 5; i++)
		assert_int_equal(put_in(f, "same.example.org", 0), RESOLVER_LATER);
	wait_for(f, 5);
	assert_int_equal(f->up[0].n_udp, 1);
}

static void
an_alias_that_leads_out_is_followed(void **state)
{
	struct fixture *f = *state;

	use(f,
	    "{\"zones\":[\"ec2.internal\"],\"records\":[{\"name\":\"out.ec2.internal\","
	    "\"type\":\"CNAME\",\"ttl\":9,\"values\":[\"www.example.org\"]}]}",
	    ANSWERS, IS_SILENT);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(ask(f, "out.ec2.internal", 0), DNS_NOERROR);
		assert_int_equal(f->m.n_rr, 2);
		assert_int_equal(f->m.rr[0].type, DNS_CNAME);
		assert_int_equal(f->m.rr[0].ttl, 9);
		assert_int_equal(f->m.rr[1].type, DNS_A);
		assert_true(f->m.rr[1].owner->len == 17);
	}
	assert_int_equal(f->up[0].n_udp, 1);
}

static void
without_servers_the_client_is_told(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ask(f, "a.example.org", 0), DNS_SERVFAIL);
}

static void
who_has_gone_is_not_replied_to(void **state)
{
	struct fixture *f = *state;

	use(f, "{}", ANSWERS, IS_SILENT);
	assert_int_equal(put_in(f, "a.example.org", 0), RESOLVER_LATER);
	resolver_forget(f->resolver, f);
	while (f->up[0].n_udp == 0 && !f->is_late)
		uv_run(&f->loop, UV_RUN_ONCE);
	/* The second question is answered; the first one's answer came before it. */
	assert_int_equal(put_in(f, "b.example.org", 0), RESOLVER_LATER);
	wait_for(f, 1);
	assert_int_equal(f->n_replies, 1);
}

static void
what_is_outstanding_is_limited(void **state)
{
	struct fixture *f = *state;
	char name[32];

	use(f, "{}", IS_SILENT, IS_SILENT);
	for (int i = 0; i < DNS_WAITERS_MAX; i++)
		assert_int_equal(put_in(f, "same.example.org", 0), RESOLVER_LATER);
	assert_int_not_equal(put_in(f, "same.example.org", 0), RESOLVER_LATER);
	assert_int_equal(f->reply[3] & DNS_RCODE, DNS_SERVFAIL);
	for (int i = DNS_WAITERS_MAX; i < RESOLVER_WAITERS_MAX; i++) {
		snprintf(name, sizeof(name), "n%d.example.org", i);
		assert_int_equal(put_in(f, name, 0), RESOLVER_LATER);
	}
	assert_int_not_equal(put_in(f, "one.more.example.org", 0), RESOLVER_LATER);
	assert_int_equal(f->reply[3] & DNS_RCODE, DNS_SERVFAIL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(an_answer_comes_back_and_is_remembered),
		TEST(an_answer_without_a_life_is_not_remembered),
		TEST(other_servers_empty_the_memory),
		TEST(lies_are_not_believed),
		TEST(what_is_truncated_is_fetched_over_tcp),
		TEST(a_silent_server_is_followed_by_the_next),
		TEST(a_failing_server_is_followed_by_the_next),
		TEST(a_closed_port_is_noticed_at_once),
		TEST(when_all_fail_the_client_is_told),
		TEST(a_server_without_edns_is_asked_without),
		TEST(a_negative_answer_is_remembered),
		TEST(the_same_question_goes_out_once),
		TEST(an_alias_that_leads_out_is_followed),
		TEST(without_servers_the_client_is_told),
		TEST(who_has_gone_is_not_replied_to),
		TEST(what_is_outstanding_is_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
