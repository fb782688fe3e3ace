/*
 * netd with a real Docker daemon: two VPCs of one CIDR, containers without a
 * network of Docker's, restarts, deaths and removals.  Everything has the label
 * dev.simfra.owner=nettest-PID and goes at the end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cc.h"
#include "netdns/ns.h"
#include "tests/net/docker.h"
#include "tests/net/place.h"

enum {
	N_VPCS = 2,
	N_MACHINES = 2,
	PORT = 8080,
	LONG_MS = 3000,
	SHORT_MS = 400,
	N_STARTS = 10
};

/* Machine 0 of each VPC has a public address, machine 1 has none. */
struct world {
	struct ns_worker *worker;
	struct fake_control *control;
	pid_t netd;
	int me, slot; /* networks: 198.18.SLOT.0/24, 198.19.SLOT.0/28 and .16/28 */
	char log[64], label[64];
	struct place host;
	int with[N_VPCS]; /* the VPC is in the configuration */
	int has_internet;
};

static int
make_networks(struct world *w)
{
	char out[512];

	for (int i = 0; i < 16; i++) {
		w->slot = 128 + (w->me + i) % 16;
		if (shell(out, sizeof(out),
			"docker network create --label %s --subnet 198.18.%d.0/24 "
			"--ip-range 198.18.%d.0/28 --gateway 198.18.%d.1 nettest-%d-inet 2>&1",
			w->label, w->slot, w->slot, w->slot, w->me) == 0)
			break;
		if (i == 15)
			fail_msg("%s", out);
	}
	for (int i = 0; i < N_VPCS; i++)
		must("docker network create --label %s --subnet 198.19.%d.%d/28 "
		     "--gateway 198.19.%d.%d nettest-%d-u%d",
		    w->label, w->slot, 16 * i, w->slot, 16 * i + 1, w->me, i);
	return 0;
}

static void
run_router(const struct world *w, int i)
{
	must("docker create --label %s --name nettest-%d-r%d --network nettest-%d-u%d "
	     "--ip 198.19.%d.%d --cap-drop ALL simfra-nettest:%d && "
	     "docker network connect nettest-%d-inet nettest-%d-r%d && "
	     "docker start nettest-%d-r%d",
	    w->label, w->me, i, w->me, i, w->slot, 16 * i + 2, w->me, w->me, w->me, i,
	    w->me, i);
}

static void
run_machine(const struct world *w, int i, int k)
{
	must("docker run -d --label %s --name nettest-%d-m%d%d --network none --cap-drop ALL "
	     "simfra-nettest:%d",
	    w->label, w->me, i, k, w->me);
}

static void
clean(const struct world *w)
{
	char out[4096];

	shell(out, sizeof(out),
	    "docker ps -aq --filter label=%s | xargs -r docker rm -f; "
	    "docker network ls -q --filter label=%s | xargs -r docker network rm; "
	    "docker rmi simfra-nettest:%d",
	    w->label, w->label, w->me);
}

static json_t *
vpc_config(const struct world *w, int i)
{
	char cidr[32], host[32];
	json_t *v = json_make("{s:[{s:o,s:s,s:s,s:s,s:s,s:s}], s:s}", "subnets", "id",
	    json_new_fmt("subnet-%d", i), "cidr", "10.0.1.0/24", "gateway", "10.0.1.1",
	    "zone", "a", "acl", "acl-1", "table", "rtb-1", "resolver", "10.0.0.2");

	json_set_fmt(v, "id", "vpc-%d", i);
	json_set_fmt(v, "container", "nettest-%d-r%d", w->me, i);
	json_set_fmt(v, "underlay", "198.19.%d.%d/28", w->slot, 16 * i);
	snprintf(cidr, sizeof(cidr), "198.18.%d.0/24", w->slot);
	snprintf(host, sizeof(host), "198.18.%d.1", w->slot);
	json_set(v, "control",
	    json_make("{s:s, s:s, s:i, s:[i]}", "address", "10.0.0.3", "to", host, "port",
		fake_control_port(w->control), "ports", 4599));
	if (w->has_internet)
		json_set(v, "internet",
		    json_make("{s:s, s:s}", "cidr", cidr, "id", "igw-1"));
	return v;
}

static void
configure(const struct world *w)
{
	json_t *c = json_make("{s:s, s:[], s:[]}", "label", w->label, "vpcs", "enis");

	for (int i = 0; i < N_VPCS; i++) {
		if (!w->with[i])
			continue;
		json_add(json_get(c, "vpcs"), vpc_config(w, i));
		for (int k = 0; k < N_MACHINES; k++) {
			json_t *e = json_add_object(json_get(c, "enis"));

			json_set_fmt(e, "id", "eni-%d%d", i, k);
			json_set_fmt(e, "vpc", "vpc-%d", i);
			json_set_fmt(e, "container", "nettest-%d-m%d%d", w->me, i, k);
			json_set_str(e, "device", "eth0");
			json_set_fmt(e, "mac", "0a:58:0a:00:01:%02x", (unsigned)(15 + k));
			json_add_str(json_need_array(e, "addresses"),
			    k == 0 ? "10.0.1.15/24" : "10.0.1.16/24");
			json_set_str(e, "gateway", "10.0.1.1");
			json_set(e, "groups", json_make("[o]", json_new_fmt("sg-%d", i)));
			if (k == 0 && w->has_internet)
				json_set_fmt(json_need_object(e, "public"), "10.0.1.15",
				    "198.18.%d.%d", w->slot, 100 + i);
		}
	}
	add_open_rules(c, N_VPCS);
	fake_control_set(w->control, c);
}

/* All that runs is attached, as the process that Docker says. */
static int
is_whole(const void *arg, const json_t *status)
{
	const struct world *w = arg;
	size_t n = 0, n_vpcs = (size_t)w->with[0] + (size_t)w->with[1];
	const char *id;
	json_t *one;

	json_object_foreach(json_get(status, "enis"), id, one) {
		if (strcmp(json_str_or(one, "state", ""), "attached") != 0)
			return 0;
		n++;
	}
	json_object_foreach(json_get(status, "vpcs"), id, one) {
		if (strcmp(json_str_or(one, "state", ""), "ready") != 0)
			return 0;
	}
	return n == N_MACHINES * n_vpcs &&
	    json_object_size(json_get(status, "vpcs")) == n_vpcs;
}

static void
wait_whole(struct world *w)
{
	json_t *status;

	if (fake_control_wait(w->control, is_whole, w))
		return;
	status = fake_control_status(w->control);
	fail_msg("not whole: %s", json_dumps(status, JSON_INDENT(1)));
}

/* The status says this of a VPC or ENI, with the process that Docker says now. */
static void
wait_for(struct world *w, const char *kind, const char *id, const char *name,
    const char *state)
{
	char out[64] = "";
	long pid;

	shell(out, sizeof(out), "docker inspect -f '{{.State.Pid}}' nettest-%d-%s", w->me,
	    name);
	pid = strtol(out, NULL, 10);
	if (!fake_control_wait_state(w->control, kind, id, state, pid))
		fail_msg("%s is not %s as process %ld", id, state, pid);
}

static void
place_container(const struct world *w, struct place *p, const char *name)
{
	char out[64] = "";

	if (shell(out, sizeof(out), "docker inspect -f '{{.State.Pid}}' nettest-%d-%s",
		w->me, name) != 0 ||
	    strtol(out, NULL, 10) < 2)
		fail_msg("%s does not run: %s", name, out);
	place_of(p, (pid_t)strtol(out, NULL, 10), w->worker);
}

static int
set_up(void **state)
{
	static struct world w;
	struct err err = { 0 };
	char out[256];

	*state = &w;
	if (shell(out, sizeof(out), "docker version -f '{{.Server.Version}}' 2>&1") != 0)
		return 0; /* Each test skips, and says so. */
	w.me = getpid();
	w.with[0] = w.with[1] = w.has_internet = 1;
	snprintf(w.label, sizeof(w.label), "dev.simfra.owner=nettest-%d", w.me);
	snprintf(w.log, sizeof(w.log), "/tmp/nettest-%d.log", w.me);
	w.control = fake_control_start();
	if (ns_worker_start(&w.worker, &err) < 0)
		fail_msg("%s", err.msg);
	w.host.worker = w.worker;
	w.host.fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	make_pause_image(w.me);
	make_networks(&w);
	w.netd = netd_start(w.control, w.log);
	configure(&w);
	for (int i = 0; i < N_VPCS; i++) {
		run_router(&w, i);
		for (int k = 0; k < N_MACHINES; k++)
			run_machine(&w, i, k);
	}
	wait_whole(&w);
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	if (w->control == NULL)
		return 0;
	if (w->netd > 0)
		netd_kill(w->netd, SIGTERM);
	clean(w);
	fake_control_stop(w->control);
	ns_worker_stop(w->worker);
	close(w->host.fd);
	unlink(w->log);
	return 0;
}

static struct world *
need_docker(void **state)
{
	struct world *w = *state;

	if (w->control == NULL) {
		print_message("no Docker daemon answers\n");
		skip();
	}
	return w;
}

/* The host, as it is on the test's own internet. */
static const char *
gateway_of(const struct world *w)
{
	static char text[32];

	snprintf(text, sizeof(text), "198.18.%d.1", w->slot);
	return text;
}

static const char *
public_of(const struct world *w, int i)
{
	static char text[N_VPCS][32];

	snprintf(text[i], sizeof(text[i]), "198.18.%d.%d", w->slot, 100 + i);
	return text[i];
}

/* The connection's two ends, and who it is from. */
static void
connect_both(struct place *from, const char *to, int listener, int ends[2], char seen[16])
{
	ends[0] = place_connect(from, NULL, to, PORT, LONG_MS);
	if (ends[0] < 0)
		fail_msg("%s does not answer", to);
	ends[1] = place_accept(listener, seen);
	assert_true(ends[1] >= 0);
	assert_true(is_alive(ends[0], ends[1]) && is_alive(ends[1], ends[0]));
}

static void
reaches(struct place *from, const char *to, int listener, const char *as)
{
	char seen[16];
	int ends[2];

	connect_both(from, to, listener, ends, seen);
	assert_string_equal(seen, as);
	close(ends[0]);
	close(ends[1]);
}

static void
reaches_not(struct place *from, const char *to, int port)
{
	assert_true(place_is_dead(from, to, port));
}

static void
enforcement_is_verified_at_start(void **state)
{
	struct world *w = need_docker(state);
	json_t *status = fake_control_status(w->control);

	assert_string_equal(json_str_or(status, "enforcement", ""), "verified");
	json_decref(status);
}

static void
two_vpcs_of_one_cidr_are_apart_and_each_has_its_public_address(void **state)
{
	struct world *w = need_docker(state);
	struct place m[N_VPCS];
	int listener[N_VPCS];
	const char *gateway = gateway_of(w);

	place_container(w, &m[0], "m00");
	place_container(w, &m[1], "m10");
	for (int i = 0; i < N_VPCS; i++)
		listener[i] = place_listen(&m[i], "10.0.1.15", PORT);
	reaches(&w->host, public_of(w, 0), listener[0], gateway);
	reaches(&w->host, public_of(w, 1), listener[1], gateway);
	reaches(&m[0], public_of(w, 1), listener[1], public_of(w, 0));
	reaches(&m[1], public_of(w, 0), listener[0], public_of(w, 1));
	close(listener[1]);
	/* Within VPC 0 it is VPC 0's machine that answers, and in VPC 1 none does now. */
	for (int i = 0; i < N_VPCS; i++) {
		struct place other;

		place_container(w, &other, i == 0 ? "m01" : "m11");
		if (i == 0)
			reaches(&other, "10.0.1.15", listener[0], "10.0.1.16");
		else
			reaches_not(&other, "10.0.1.15", PORT);
		place_free(&other);
	}
	close(listener[0]);
	place_free(&m[0]);
	place_free(&m[1]);
}

static void
a_machine_leaves_with_its_public_address_or_not_at_all(void **state)
{
	struct world *w = need_docker(state);
	struct place with, without;
	const char *gateway = gateway_of(w);
	char seen[16];
	int listener, fd;

	listener = place_listen(&w->host, gateway, PORT);
	place_container(w, &with, "m00");
	place_container(w, &without, "m01");
	reaches(&with, gateway, listener, public_of(w, 0));
	reaches_not(&without, gateway, PORT);
	reaches_not(&without, public_of(w, 1), PORT);
	close(listener);
	/* Control is reached all the same, by the VPC's own address for it. */
	listener = place_listen(&w->host, gateway, fake_control_port(w->control));
	fd = place_connect(&without, NULL, "10.0.0.3", 4599, LONG_MS);
	assert_true(fd >= 0 && place_accept(listener, seen) >= 0);
	close(fd);
	close(listener);
	place_free(&with);
	place_free(&without);
}

static void
a_container_is_plugged_in_again_whenever_it_starts(void **state)
{
	struct world *w = need_docker(state);
	struct place m;
	const char *gateway = gateway_of(w);
	char out[256];
	int listener;

	for (int i = 0; i < N_STARTS; i++)
		must("docker restart -t 1 nettest-%d-m00", w->me);
	wait_for(w, "enis", "eni-00", "m00", "attached");
	place_container(w, &m, "m00");
	listener = place_listen(&m, "10.0.1.15", PORT);
	reaches(&w->host, public_of(w, 0), listener, gateway);
	close(listener);
	place_free(&m);
	shell(out, sizeof(out),
	    "awk '/attached eni-00/ { for (i = 1; i <= NF; i++) { split($i, a, \"=\"); "
	    "if (a[1] == \"event_us\") e[++n] = a[2]; if (a[1] == \"work_us\") w[n + 1] = a[2] } } "
	    "END { for (i = 2; i <= n; i++) { se += e[i]; sw += w[i]; "
	    "if (e[i] > m) m = e[i] } printf \"%%d %%d %%d %%d\", n - 1, se / (n - 1), "
	    "sw / (n - 1), m }' %s",
	    w->log);
	print_message(
	    "starts, us from event to attached, of it in namespaces, worst: %s\n", out);
	assert_true(strtol(out, NULL, 10) >= N_STARTS - 1);
}

static void
killing_netd_interrupts_nothing_and_the_next_one_takes_over(void **state)
{
	struct world *w = need_docker(state);
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct view before, after;
	struct place m, router;
	int listener, ends[2];
	char seen[16];

	place_container(w, &m, "m10");
	place_container(w, &router, "r1");
	listener = place_listen(&m, "10.0.1.15", PORT);
	connect_both(&w->host, public_of(w, 1), listener, ends, seen);
	place_view4(&router, a, &before);
	netd_kill(w->netd, SIGKILL);
	assert_true(is_alive(ends[0], ends[1]) && is_alive(ends[1], ends[0]));
	/* What happens meanwhile is put right by the next. */
	must("docker restart -t 1 nettest-%d-m11", w->me);
	w->netd = netd_start(w->control, w->log);
	configure(w);
	wait_for(w, "enis", "eni-11", "m11", "attached");
	wait_whole(w);
	assert_true(is_alive(ends[0], ends[1]) && is_alive(ends[1], ends[0]));
	place_view4(&router, a, &after);
	assert_int_equal(before.n_links, after.n_links);
	assert_int_equal(before.n_addrs, after.n_addrs);
	assert_int_equal(before.n_routes, after.n_routes);
	assert_int_equal(before.n_rules, after.n_rules);
	close(ends[0]);
	close(ends[1]);
	close(listener);
	place_free(&m);
	place_free(&router);
}

static void
a_new_router_gets_all_machines_back(void **state)
{
	struct world *w = need_docker(state);
	struct place m;
	const char *gateway = gateway_of(w);
	int listener;

	must("docker rm -f nettest-%d-r0", w->me);
	run_router(w, 0);
	wait_for(w, "vpcs", "vpc-0", "r0", "ready");
	wait_whole(w);
	place_container(w, &m, "m00");
	listener = place_listen(&m, "10.0.1.15", PORT);
	reaches(&w->host, public_of(w, 0), listener, gateway);
	/* A leg that is taken away and comes back, with another name perhaps. */
	must("docker network disconnect nettest-%d-inet nettest-%d-r0", w->me, w->me);
	wait_for(w, "vpcs", "vpc-0", "r0", "failed");
	reaches_not(&w->host, public_of(w, 0), PORT);
	must("docker network connect nettest-%d-inet nettest-%d-r0", w->me, w->me);
	wait_for(w, "vpcs", "vpc-0", "r0", "ready");
	reaches(&w->host, public_of(w, 0), listener, gateway);
	close(listener);
	place_free(&m);
}

static int
is_refused(const void *arg UNUSED, const json_t *status)
{
	return json_str(status, "rejected_rev") != NULL;
}

static void
a_wrong_configuration_changes_nothing(void **state)
{
	struct world *w = need_docker(state);
	json_t *bad = json_make("{s:s, s:[{s:s, s:s}]}", "label", w->label, "vpcs", "id",
	    "vpc-0", "container", "a/b");
	struct place m;
	const char *gateway = gateway_of(w);
	int listener;

	fake_control_set(w->control, bad);
	assert_true(fake_control_wait(w->control, is_refused, NULL));
	place_container(w, &m, "m00");
	listener = place_listen(&m, "10.0.1.15", PORT);
	reaches(&w->host, public_of(w, 0), listener, gateway);
	close(listener);
	place_free(&m);
	configure(w);
	wait_whole(w);
}

static void
a_container_without_our_label_is_left_alone(void **state)
{
	struct world *w = need_docker(state);
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct place m;
	struct view v;

	must("docker rm -f nettest-%d-m11 && docker run -d --name nettest-%d-m11 "
	     "--label nettest=%d --network none simfra-nettest:%d",
	    w->me, w->me, w->me, w->me);
	must("for i in $(seq 100); do grep -q 'm11 lacks label' %s && exit 0; sleep 0.05; done; "
	     "exit 1",
	    w->log);
	place_container(w, &m, "m11");
	place_view4(&m, a, &v);
	must("docker rm -f nettest-%d-m11", w->me);
	place_free(&m);
	assert_null(view_link(&v, "eth0"));
	run_machine(w, 1, 1);
	wait_for(w, "enis", "eni-11", "m11", "attached");
}

static void
without_an_internet_gateway_the_vpc_is_closed(void **state)
{
	struct world *w = need_docker(state);
	const char *gateway = gateway_of(w);
	struct place m;
	int listener;

	place_container(w, &m, "m00");
	listener = place_listen(&m, "10.0.1.15", PORT);
	w->has_internet = 0;
	configure(w);
	wait_whole(w);
	reaches_not(&w->host, public_of(w, 0), PORT);
	reaches_not(&m, gateway, fake_control_port(w->control));
	w->has_internet = 1;
	configure(w);
	wait_whole(w);
	reaches(&w->host, public_of(w, 0), listener, gateway);
	close(listener);
	place_free(&m);
}

static void
what_leaves_the_configuration_leaves_the_namespaces(void **state)
{
	struct world *w = need_docker(state);
	CLEANUP(arena_freep) struct arena *a = arena_new();
	static const char *const no_table[] = { "sh", "-c",
		"! nft list tables | grep simfra", NULL };
	struct place router, m;
	struct view v;

	w->with[1] = 0;
	configure(w);
	wait_whole(w);
	place_container(w, &router, "r1");
	place_container(w, &m, "m10");
	place_view4(&router, a, &v);
	assert_int_equal(v.n_links, 3);
	assert_int_equal(v.n_addrs, 3);
	assert_int_equal(v.n_rules, 3);
	for (size_t i = 0; i < v.n_routes; i++)
		assert_int_not_equal(v.routes[i].protocol, RTNL_PROTOCOL);
	assert_int_equal(place_run(&router, no_table), 0);
	place_view4(&m, a, &v);
	assert_null(view_link(&v, "eth0"));
	place_free(&router);
	place_free(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(enforcement_is_verified_at_start),
		cmocka_unit_test(
		    two_vpcs_of_one_cidr_are_apart_and_each_has_its_public_address),
		cmocka_unit_test(a_machine_leaves_with_its_public_address_or_not_at_all),
		cmocka_unit_test(a_container_is_plugged_in_again_whenever_it_starts),
		cmocka_unit_test(
		    killing_netd_interrupts_nothing_and_the_next_one_takes_over),
		cmocka_unit_test(a_new_router_gets_all_machines_back),
		cmocka_unit_test(a_wrong_configuration_changes_nothing),
		cmocka_unit_test(a_container_without_our_label_is_left_alone),
		cmocka_unit_test(without_an_internet_gateway_the_vpc_is_closed),
		cmocka_unit_test(what_leaves_the_configuration_leaves_the_namespaces),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
