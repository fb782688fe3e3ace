/*
 * netd with a real Docker daemon: groups of running machines, and interfaces, addresses and
 * rules that come and go while they run.  Everything has the label
 * dev.simfra.owner=plugtest-PID and goes at the end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cc.h"
#include "netdns/source.h"
#include "tests/net/docker.h"
#include "tests/net/place.h"

enum {
	N_MACHINES = 2,
	PORT = 8080,
	OTHER = 8081,
	LONG_MS = 3000,
	SHORT_MS = 300,
	N_ASKED = 30
};

/* What the configuration is to say; each test changes some of it. */
struct wish {
	int port;	 /* that machine 0 is open at, for machine 1's group */
	int has_second;	 /* eth1 of machine 0, in the other subnet */
	int has_address; /* a second address of eth0 */
	int is_open;	 /* SIMFRA_VPC_ISOLATION=false */
};

struct world {
	struct ns_worker *worker;
	struct fake_control *control;
	pid_t netd;
	int me, slot;
	char log[64], label[64];
	struct wish wish;
};

static const struct wish plain = { .port = PORT };

static json_t *
interface(const struct world *w, const char *id, int machine, const char *device,
    const char *subnet, const char *address, const char *group)
{
	const char *last = strrchr(address, '.') + 1;

	return json_make("{s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:o, s:[s], s:s, s:[s]}",
	    "id", id, "kind", "container", "owner", id, "vpc", "vpc-1", "subnet", subnet,
	    "container", json_new_fmt("plugtest-%d-m%d", w->me, machine), "device",
	    device, "mac",
	    json_new_fmt("0a:58:0a:00:0%c:%02x", subnet[7],
		(unsigned)strtol(last, NULL, 10)),
	    "addresses", address, "gateway", subnet[7] == '1' ? "10.0.1.1" : "10.0.2.1",
	    "groups", group);
}

static json_t *
subnet(const char *id, const char *cidr, const char *gateway)
{
	return json_make("{s:s, s:s, s:s, s:s, s:s, s:s}", "id", id, "zone", "us-east-1a",
	    "cidr", cidr, "gateway", gateway, "acl", "acl-1", "table", "rtb-1");
}

static json_t *
vpc(const struct world *w)
{
	return json_make("{s:s, s:o, s:[s], s:[o, o], s:s, s:o}", "id", "vpc-1",
	    "container", json_new_fmt("plugtest-%d-r", w->me), "cidrs", "10.0.0.0/16",
	    "subnets", subnet("subnet-1", "10.0.1.0/24", "10.0.1.1"),
	    subnet("subnet-2", "10.0.2.0/24", "10.0.2.1"), "resolver", "10.0.0.2",
	    "underlay", json_new_fmt("198.19.%d.0/28", w->slot));
}

static json_t *
group(const char *id, json_t *ingress)
{
	return json_make("{s:s, s:s, s:o, s:[{s:s, s:i, s:s}]}", "id", id, "vpc", "vpc-1",
	    "ingress", ingress, "egress", "id", "sgr-all", "protocol", -1, "cidr",
	    "0.0.0.0/0");
}

static json_t *
all_entries(void)
{
	return json_make("[{s:i, s:b, s:i, s:s}]", "number", 100, "allow", 1, "protocol",
	    -1, "cidr", "0.0.0.0/0");
}

static void
configure(const struct world *w)
{
	const struct wish *i = &w->wish;
	json_t *eth0 =
	    interface(w, "eni-0", 0, "eth0", "subnet-1", "10.0.1.15/24", "sg-web");
	json_t *c =
	    json_make("{s:s, s:b, s:[o], s:[o, o], s:[o, o, o], s:[{s:s, s:o, s:o}],"
		      "s:[{s:s, s:[{s:s, s:s}]}]}",
		"label", w->label, "isolation", !i->is_open, "vpcs", vpc(w), "enis", eth0,
		interface(w, "eni-1", 1, "eth0", "subnet-1", "10.0.1.16/24", "sg-client"),
		"groups",
		group("sg-web",
		    json_make("[{s:s, s:i, s:i, s:i, s:s}]", "id", "sgr-1", "protocol", 6,
			"from", i->port, "to", i->port, "group", "sg-client")),
		group("sg-client", json_new_array()),
		group("sg-second",
		    json_make("[{s:s, s:i, s:i, s:i, s:s}]", "id", "sgr-2", "protocol", 6,
			"from", OTHER, "to", OTHER, "cidr", "10.0.1.0/24")),
		"acls", "id", "acl-1", "ingress", all_entries(), "egress", all_entries(),
		"tables", "id", "rtb-1", "routes", "to", "10.0.0.0/16", "kind", "local");

	if (i->has_address)
		json_add_str(json_get(eth0, "addresses"), "10.0.1.20/24");
	if (i->has_second)
		json_add(json_get(c, "enis"),
		    interface(w, "eni-2", 0, "eth1", "subnet-2", "10.0.2.15/24",
			"sg-second"));
	fake_control_set(w->control, c);
}

static int
is_whole(const void *arg, const json_t *status)
{
	const struct world *w = arg;
	const json_t *enis = json_get(status, "enis");
	const char *id;
	json_t *one;

	json_object_foreach((json_t *)(uintptr_t)enis, id, one) {
		if (strcmp(json_str_or(one, "state", ""), "attached") != 0)
			return 0;
	}
	return json_object_size(enis) ==
	    (size_t)N_MACHINES + (size_t)w->wish.has_second &&
	    strcmp(json_str_or(json_path(status, "vpcs.vpc-1"), "state", ""), "ready") ==
	    0;
}

static void
wish(struct world *w, const struct wish *want)
{
	w->wish = *want;
	configure(w);
	if (!fake_control_wait(w->control, is_whole, w))
		fail_msg("not whole: %s",
		    json_dumps(fake_control_status(w->control), JSON_INDENT(1)));
}

static int
set_up(void **state)
{
	static struct world w;
	struct err err = { 0 };
	char out[512];

	*state = &w;
	if (shell(out, sizeof(out), "docker version -f '{{.Server.Version}}' 2>&1") != 0)
		return 0; /* Each test skips, and says so. */
	w.me = getpid();
	snprintf(w.label, sizeof(w.label), "dev.simfra.owner=plugtest-%d", w.me);
	snprintf(w.log, sizeof(w.log), "/tmp/plugtest-%d.log", w.me);
	w.control = fake_control_start();
	if (ns_worker_start(&w.worker, &err) < 0)
		fail_msg("%s", err.msg);
	make_pause_image(w.me);
	for (int i = 0;; i++) {
		w.slot = 160 + (w.me + i) % 16;
		if (shell(out, sizeof(out),
			"docker network create --label %s --subnet 198.19.%d.0/28 "
			"--gateway 198.19.%d.1 plugtest-%d 2>&1",
			w.label, w.slot, w.slot, w.me) == 0)
			break;
		if (i == 15)
			fail_msg("%s", out);
	}
	must("docker run -d --label %s --name plugtest-%d-r --network plugtest-%d "
	     "--ip 198.19.%d.2 --cap-drop ALL simfra-nettest:%d",
	    w.label, w.me, w.me, w.slot, w.me);
	for (int i = 0; i < N_MACHINES; i++)
		must("docker run -d --label %s --name plugtest-%d-m%d --network none "
		     "--cap-drop ALL simfra-nettest:%d",
		    w.label, w.me, i, w.me);
	w.netd = netd_start(w.control, w.log);
	wish(&w, &plain);
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;
	char out[4096];

	if (w->control == NULL)
		return 0;
	if (w->netd > 0)
		netd_kill(w->netd, SIGTERM);
	shell(out, sizeof(out),
	    "docker ps -aq --filter label=%s | xargs -r docker rm -f; "
	    "docker network ls -q --filter label=%s | xargs -r docker network rm; "
	    "docker rmi simfra-nettest:%d",
	    w->label, w->label, w->me);
	fake_control_stop(w->control);
	ns_worker_stop(w->worker);
	unlink(w->log);
	return 0;
}

static void
enter(const struct world *w, struct place m[N_MACHINES])
{
	char out[64] = "";

	for (int i = 0; i < N_MACHINES; i++) {
		must("docker inspect plugtest-%d-m%d >/dev/null", w->me, i);
		shell(out, sizeof(out),
		    "docker inspect -f '{{.State.Pid}}' plugtest-%d-m%d", w->me, i);
		place_of(&m[i], (pid_t)strtol(out, NULL, 10), w->worker);
	}
}

static struct world *
need_docker(void **state, struct place m[N_MACHINES])
{
	struct world *w = *state;

	if (w->control == NULL) {
		print_message("no Docker daemon answers\n");
		skip();
	}
	wish(w, &plain);
	enter(w, m);
	return w;
}

static void
leave(struct place m[N_MACHINES])
{
	for (int i = 0; i < N_MACHINES; i++)
		place_free(&m[i]);
}

static int
connects(struct place m[N_MACHINES], const char *to, int port, int wait_ms)
{
	int listener = place_listen(&m[0], "0.0.0.0", port);
	int fd = place_connect(&m[1], NULL, to, port, wait_ms);

	close(listener);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* The status of a configuration comes when it is in force: there is nothing to wait for. */
static void
a_rule_that_changes_is_in_force_with_the_status(void **state)
{
	struct place m[N_MACHINES];
	struct world *w = need_docker(state, m);
	struct wish other = { .port = OTHER };

	assert_true(connects(m, "10.0.1.15", PORT, LONG_MS));
	assert_false(connects(m, "10.0.1.15", OTHER, SHORT_MS));
	wish(w, &other);
	assert_false(connects(m, "10.0.1.15", PORT, SHORT_MS));
	assert_true(connects(m, "10.0.1.15", OTHER, LONG_MS));
	leave(m);
}

static void
an_interface_is_plugged_into_a_running_machine_and_out_again(void **state)
{
	static const char *const back[] = { "sh", "-c",
		"ip route get 10.0.1.16 from 10.0.2.15 | grep -q 'dev eth1' && "
		"ip route get 10.0.9.9 from 10.0.2.15 | grep -q 'via 10.0.2.1 dev eth1' && "
		"ip route get 10.0.1.16 | grep -q 'dev eth0'",
		NULL };
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct place m[N_MACHINES];
	struct world *w = need_docker(state, m);
	struct wish second = { .port = PORT, .has_second = 1 };
	struct view before, v;
	int listener, ends[2];
	char from[16];

	place_view4(&m[0], a, &before);
	listener = place_listen(&m[0], "10.0.1.15", PORT);
	ends[0] = place_connect(&m[1], NULL, "10.0.1.15", PORT, LONG_MS);
	ends[1] = place_accept(listener, from);
	close(listener);
	wish(w, &second);
	place_view4(&m[0], a, &v);
	assert_non_null(view_link(&v, "eth1"));
	assert_int_equal(v.n_rules, before.n_rules + 1);
	assert_int_equal(place_run(&m[0], back), 0);
	/* Each has its own groups. */
	assert_true(connects(m, "10.0.2.15", OTHER, LONG_MS));
	assert_false(connects(m, "10.0.2.15", PORT, SHORT_MS));
	assert_false(connects(m, "10.0.1.15", OTHER, SHORT_MS));
	wish(w, &plain);
	place_view4(&m[0], a, &v);
	assert_null(view_link(&v, "eth1"));
	assert_int_equal(v.n_rules, before.n_rules);
	assert_int_equal(v.n_routes, before.n_routes);
	/* The first one never knew. */
	assert_true(ends[0] >= 0 && is_alive(ends[0], ends[1]));
	close(ends[0]);
	close(ends[1]);
	leave(m);
}

static void
addresses_come_and_go_in_place(void **state)
{
	struct place m[N_MACHINES];
	struct world *w = need_docker(state, m);
	struct wish more = { .port = PORT, .has_address = 1 };
	int listener, ends[2];
	char from[16];

	listener = place_listen(&m[0], "10.0.1.15", PORT);
	ends[0] = place_connect(&m[1], NULL, "10.0.1.15", PORT, LONG_MS);
	ends[1] = place_accept(listener, from);
	close(listener);
	assert_false(connects(m, "10.0.1.20", PORT, SHORT_MS));
	wish(w, &more);
	assert_true(connects(m, "10.0.1.20", PORT, LONG_MS));
	assert_false(connects(m, "10.0.1.20", OTHER, SHORT_MS));
	wish(w, &plain);
	assert_false(connects(m, "10.0.1.20", PORT, SHORT_MS));
	assert_true(ends[0] >= 0 && is_alive(ends[0], ends[1]));
	close(ends[0]);
	close(ends[1]);
	leave(m);
}

/* It starts many times; whoever asks all the while never gets in where no rule lets him. */
static void
a_machine_that_starts_again_is_never_open(void **state)
{
	struct place m[N_MACHINES], again[N_MACHINES];
	struct world *w = need_docker(state, m);
	int listener, fd;

	for (int i = 0; i < 3; i++) {
		must("docker restart -t 1 plugtest-%d-m0", w->me);
		enter(w, again);
		listener = place_listen(&again[0], "0.0.0.0", OTHER);
		/* Refused or unanswered, plugged in or not yet. */
		for (int k = 0; k < N_ASKED; k++) {
			fd = place_connect(&m[1], NULL, "10.0.1.15", OTHER, 20);
			assert_int_equal(fd, -1);
		}
		close(listener);
		assert_true(connects(again, "10.0.1.15", PORT, LONG_MS));
		leave(again);
	}
	leave(m);
}

static void
without_isolation_nothing_is_refused(void **state)
{
	struct place m[N_MACHINES];
	struct world *w = need_docker(state, m);
	struct wish open = { .port = PORT, .is_open = 1 };

	wish(w, &open);
	assert_true(connects(m, "10.0.1.15", OTHER, LONG_MS));
	wish(w, &plain);
	assert_false(connects(m, "10.0.1.15", OTHER, SHORT_MS));
	leave(m);
}

static void
names_of_devices_have_tables(void **state UNUSED)
{
	static const struct {
		const char *device;
		unsigned table;
	} rows[] = { { "eth0", 10000 }, { "eth1", 10001 }, { "eth15", 10015 },
		{ "ens5x", 0 }, { "lan", 0 }, { "eth1000", 0 }, { "eth99999999999", 0 } };

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(source_table(rows[i].device), rows[i].table);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_that_changes_is_in_force_with_the_status),
		cmocka_unit_test(
		    an_interface_is_plugged_into_a_running_machine_and_out_again),
		cmocka_unit_test(addresses_come_and_go_in_place),
		cmocka_unit_test(a_machine_that_starts_again_is_never_open),
		cmocka_unit_test(without_isolation_nothing_is_refused),
		cmocka_unit_test(names_of_devices_have_tables),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
