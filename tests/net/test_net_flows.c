/* Flows in real namespaces: what is accepted and what is refused is counted, each packet once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "base/cc.h"
#include "netdns/flows.h"
#include "netdns/guard.h"
#include "tests/net/place.h"

struct world {
	struct ns_worker *worker;
	struct place host, machine[2];
	struct guard_memory guard;
	struct flows_memory memory;
	struct fabric *fabric;
	struct arena *a;
	struct flow *flows; /* as they were read last */
	size_t n;
	int is_full;
};

/* Machine 0 is logged, and lets TCP 80 in and all but UDP out. */
static void
make_fabric(struct world *w, const char *kind, const char *is_logged)
{
	static const char format[] =
	    "{\"vpcs\": [{\"id\": \"v\", \"resolver\": \"10.0.0.2\", \"subnets\": [{\"id\": "
	    "\"s\", \"cidr\": \"10.0.1.0/24\", \"gateway\": \"10.0.1.1\"}]}], \"groups\": "
	    "[{\"id\": \"sg-1\", \"vpc\": \"v\", \"ingress\": [{\"id\": \"r1\", \"protocol\": "
	    "6, \"from\": 80, \"to\": 80, \"cidr\": \"0.0.0.0/0\"}], \"egress\": [{\"id\": "
	    "\"r2\", \"protocol\": 6, \"from\": 0, \"to\": 65535, \"cidr\": \"0.0.0.0/0\"}, "
	    "{\"id\": \"r3\", \"protocol\": 1, \"from\": -1, \"to\": -1, \"cidr\": "
	    "\"0.0.0.0/0\"}]}], \"enis\": [{\"id\": \"eni-0\", \"vpc\": \"v\", \"subnet\": "
	    "\"s\", \"container\": \"c\", \"device\": \"eth0\", \"mac\": "
	    "\"02:00:00:00:00:01\", \"addresses\": [\"10.0.1.5/24\"], \"groups\": [\"sg-1\"], "
	    "\"kind\": \"%s\", \"flow_log\": %s}]}";
	struct err err = { 0 };
	char text[2048];
	json_t *doc;

	snprintf(text, sizeof(text), format, kind, is_logged);
	fabric_free(w->fabric);
	if (json_read(text, strlen(text), &doc, &err) < 0 ||
	    fabric_read(doc, &w->fabric, &err) < 0)
		fail_msg("%s", err.msg);
	json_decref(doc);
}

static int
ensure_job(void *arg, struct err *err)
{
	struct world *w = arg;
	const struct fabric_eni *e = &w->fabric->enis[0];

	return ns_enter(w->machine[0].fd, err) < 0 ||
		flows_ensure(&e, 1, &w->memory, err) < 0 ||
		guard_ensure(w->fabric, &e, 1, &w->guard, NULL, err) < 0 ?
	    -1 :
	    0;
}

static int
read_job(void *arg, struct err *err)
{
	struct world *w = arg;

	return ns_enter(w->machine[0].fd, err) < 0 ?
	    -1 :
	    flows_read(&w->memory, w->a, &w->flows, &w->n, &w->is_full, err);
}

static void
run(struct world *w, ns_job_fn *job)
{
	struct err err = { 0 };

	if (ns_worker_run(w->worker, job, w, &err) < 0)
		fail_msg("%s", err.msg);
}

static int
set_up(void **state)
{
	static struct world w;
	struct err err = { 0 };

	memset(&w, 0, sizeof(w));
	*state = &w;
	w.a = arena_new();
	if (ns_worker_start(&w.worker, &err) < 0)
		fail_msg("%s", err.msg);
	place_new(&w.host, w.worker);
	place_bridge(&w.host, "br0", "10.0.1.1/24");
	for (int i = 0; i < 2; i++)
		place_new(&w.machine[i], w.worker);
	place_wire(&w.host, "br0", &w.machine[0], "eth0", "10.0.1.5/24");
	place_wire(&w.host, "br0", &w.machine[1], "eth0", "10.0.1.6/24");
	make_fabric(&w, "container", "true");
	run(&w, ensure_job);
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	guard_forget(&w->guard);
	flows_forget(&w->memory);
	for (int i = 0; i < 2; i++)
		place_free(&w->machine[i]);
	place_free(&w->host);
	fabric_free(w->fabric);
	ns_worker_stop(w->worker);
	arena_free(w->a);
	return 0;
}

/* The flow of the direction to the port, of the protocol: NULL. */
static const struct flow *
find(const struct world *w, enum direction direction, int protocol, int to_port)
{
	for (size_t i = 0; i < w->n; i++) {
		if (w->flows[i].direction == direction &&
		    w->flows[i].protocol == protocol && w->flows[i].to_port == to_port)
			return &w->flows[i];
	}
	return NULL;
}

static void
accepted_and_refused_packets_are_counted(void **state)
{
	struct world *w = *state;
	const struct flow *f;
	char ip[IP_TEXT];
	int listener = place_listen(&w->machine[0], "0.0.0.0", 80), fd;

	fd = place_connect(&w->machine[1], NULL, "10.0.1.5", 80, 2000);
	assert_true(fd >= 0);
	close(fd);
	close(listener);
	for (int i = 0; i < 3; i++)
		assert_int_equal(place_packet(&w->machine[1], &w->machine[0], IPPROTO_UDP,
				     "10.0.1.5", 53, 100),
		    0);
	assert_int_equal(place_packet(&w->machine[0], &w->machine[1], IPPROTO_UDP,
			     "10.0.1.6", 99, 100),
	    0);
	assert_int_equal(place_packet(&w->machine[0], &w->machine[1], IPPROTO_ICMP,
			     "10.0.1.6", 8, 1000),
	    1);
	run(w, read_job);
	assert_int_equal(w->is_full, 0);

	f = find(w, DIR_IN, IPPROTO_TCP, 80);
	assert_non_null(f);
	assert_string_equal(f->device, "eth0");
	ip_format(&f->from, ip);
	assert_string_equal(ip, "10.0.1.6");
	ip_format(&f->to, ip);
	assert_string_equal(ip, "10.0.1.5");
	assert_true(f->from_port >= 1024);
	assert_true(f->packets >= 3 && f->packets < 10); /* SYN, ACK, FIN … */
	assert_true(f->bytes >= f->packets * 40);
	assert_int_equal(f->refused_packets, 0);
	/* The answers are a flow of their own. */
	f = find(w, DIR_OUT, IPPROTO_TCP, f->from_port);
	assert_non_null(f);
	assert_int_equal(f->from_port, 80);
	assert_true(f->packets >= 1);

	for (size_t i = 0, n = 0; i < w->n; i++) {
		f = &w->flows[i];
		if (f->protocol != IPPROTO_UDP || f->direction != DIR_IN)
			continue;
		assert_int_equal(f->to_port, 53);
		assert_int_equal(f->packets, 0);
		n += f->refused_packets;
		assert_true(n <= 3);
	}
	f = find(w, DIR_OUT, IPPROTO_UDP, 99);
	assert_non_null(f);
	assert_int_equal(f->packets, 0);
	assert_int_equal(f->refused_packets, 1);
	f = find(w, DIR_OUT, IPPROTO_ICMP, 0);
	assert_non_null(f);
	assert_int_equal(f->packets, 1);
	assert_int_equal(f->refused_packets, 0);

	/* What was told is not told again; what is new is. */
	run(w, read_job);
	assert_null(find(w, DIR_OUT, IPPROTO_UDP, 99));
	assert_null(find(w, DIR_IN, IPPROTO_TCP, 80));
	place_packet(&w->machine[0], &w->machine[1], IPPROTO_ICMP, "10.0.1.6", 8, 1000);
	run(w, read_job);
	f = find(w, DIR_OUT, IPPROTO_ICMP, 0);
	assert_non_null(f);
	assert_int_equal(f->packets, 1);
}

static void
the_platform_is_not_logged(void **state)
{
	struct world *w = *state;
	int listener = place_listen(&w->host, "0.0.0.0", 80);
	int fd = place_connect(&w->machine[0], NULL, "10.0.1.1", 80, 2000);

	assert_true(fd >= 0);
	close(fd);
	close(listener);
	run(w, read_job);
	assert_int_equal(w->n, 0);
}

static void
counting_ends_with_the_log(void **state)
{
	struct world *w = *state;

	make_fabric(w, "container", "false");
	run(w, ensure_job);
	place_packet(&w->machine[0], &w->machine[1], IPPROTO_ICMP, "10.0.1.6", 8, 1000);
	run(w, read_job);
	assert_int_equal(w->n, 0);
	assert_null(w->memory.table);
}

/* It has no groups: what the wire has is counted, each packet once. */
static void
a_nat_gateway_is_counted_on_the_wire(void **state)
{
	struct world *w = *state;
	const struct flow *f;

	make_fabric(w, "nat", "true");
	run(w, ensure_job);
	place_packet(&w->machine[0], &w->machine[1], IPPROTO_ICMP, "10.0.1.6", 8, 1000);
	place_packet(&w->machine[1], &w->machine[0], IPPROTO_UDP, "10.0.1.5", 53, 100);
	run(w, read_job);
	f = find(w, DIR_OUT, IPPROTO_ICMP, 0);
	assert_non_null(f);
	assert_int_equal(f->packets, 1);
	f = find(w, DIR_IN, IPPROTO_UDP, 53);
	assert_non_null(f);
	assert_int_equal(f->packets, 1);
	assert_int_equal(f->refused_packets, 0);
}

#define LIFE(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LIFE(accepted_and_refused_packets_are_counted),
		LIFE(the_platform_is_not_logged),
		LIFE(counting_ends_with_the_log),
		LIFE(a_nat_gateway_is_counted_on_the_wire),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
