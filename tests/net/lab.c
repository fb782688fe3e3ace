#include "tests/net/lab.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "netdns/eni.h"

enum { LONG_MS = 2000, SHORT_MS = 300 };

static json_t *
parse(const char *text)
{
	struct err err = { 0 };
	json_t *doc = NULL;
	char *copy = strdup(text);

	assert_non_null(copy);
	for (char *p = copy; *p != '\0'; p++) {
		if (*p == '\'')
			*p = '"';
	}
	if (json_read(copy, strlen(copy), &doc, &err) < 0)
		fail_msg("%s", err.msg);
	free(copy);
	return doc;
}

struct socket_job {
	struct place *at;
	int type, protocol, fd;
};

static int
socket_job(void *arg, struct err *err)
{
	struct socket_job *j = arg;

	if (ns_enter(j->at->fd, err) < 0)
		return -1;
	j->fd = socket(AF_INET, j->type | SOCK_CLOEXEC, j->protocol);
	return j->fd < 0 ? err_errno(err, "socket") : 0;
}

static struct sockaddr_in
address(const char *addr, int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port) };

	assert_int_equal(inet_pton(AF_INET, addr, &a.sin_addr), 1);
	return a;
}

static int
udp_socket(struct lab *l, struct place *p, const char *addr, int port)
{
	struct socket_job j = { .at = p, .type = SOCK_DGRAM };
	struct sockaddr_in a = address(addr, port);
	struct err err = { 0 };

	if (ns_worker_run(l->worker, socket_job, &j, &err) < 0)
		fail_msg("%s", err.msg);
	if (bind(j.fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		fail_msg("bind to %s: %s", addr, strerror(errno));
	return j.fd;
}

static void
new_router(struct lab *l, size_t i)
{
	struct lab_vpc *v = &l->vpcs[i];
	char bridge[24], addr[40];

	*v = (struct lab_vpc){ .is_new = 1 };
	place_new(&v->router, l->worker);
	snprintf(bridge, sizeof(bridge), "und%u", (unsigned)i % LAB_MAX);
	snprintf(addr, sizeof(addr), "198.19.0.%u/28", 16 * (unsigned)i + 2);
	place_wire(&l->host, bridge, &v->router, "eth0", addr);
	snprintf(addr, sizeof(addr), "198.18.0.%u/16", (unsigned)i + 2);
	place_wire(&l->host, "inet", &v->router, "eth1", addr);
}

void
lab_open(struct lab *l, const char *text, const char *more)
{
	struct err err = { 0 };
	const json_t *one;
	size_t i;

	memset(l, 0, sizeof(*l));
	l->doc = parse(text);
	if (more != NULL) {
		json_t *rest = parse(more);

		assert_int_equal(json_object_update(l->doc, rest), 0);
		json_decref(rest);
	}
	if (ns_worker_start(&l->worker, &err) < 0)
		fail_msg("%s", err.msg);
	place_new(&l->host, l->worker);
	place_bridge(&l->host, "inet", "198.18.0.1/16");
	json_array_foreach(json_get(l->doc, "vpcs"), i, one) {
		char bridge[24], addr[40];
		json_t *v = json_array_get(json_get(l->doc, "vpcs"), i);

		assert_true(i < LAB_MAX);
		json_set_fmt(v, "underlay", "198.19.0.%zu/28", 16 * i);
		json_set_str(v, "container", "router");
		snprintf(bridge, sizeof(bridge), "und%u", (unsigned)i % LAB_MAX);
		snprintf(addr, sizeof(addr), "198.19.0.%u/28", 16 * (unsigned)i + 1);
		place_bridge(&l->host, bridge, addr);
		new_router(l, i);
		l->n_vpcs++;
	}
	json_array_foreach(json_get(l->doc, "enis"), i, one) {
		json_t *e = json_array_get(json_get(l->doc, "enis"), i);
		const char *kind = json_str_or(e, "kind", "container");
		struct lab_machine *m = &l->machines[l->n_machines];

		if (strcmp(kind, "container") != 0 && strcmp(kind, "nat") != 0)
			continue;
		assert_true(l->n_machines < LAB_MAX);
		json_set_str(e, "container", "machine");
		json_set_str(e, "device", "eth0");
		json_set_fmt(e, "mac", "0a:58:00:00:00:%02zx", i);
		m->eni = json_str(e, "id");
		place_new(&m->place, l->worker);
		l->n_machines++;
	}
	lab_apply(l);
	for (i = 0; i < l->n_machines; i++) {
		l->machines[i].tcp =
		    place_listen(&l->machines[i].place, "0.0.0.0", LAB_PORT);
		assert_int_equal(fcntl(l->machines[i].tcp, F_SETFL, O_NONBLOCK), 0);
		l->machines[i].udp =
		    udp_socket(l, &l->machines[i].place, "0.0.0.0", LAB_PORT);
	}
}

void
lab_close(struct lab *l)
{
	for (size_t i = 0; i < l->n_machines; i++) {
		close(l->machines[i].tcp);
		close(l->machines[i].udp);
		place_free(&l->machines[i].place);
	}
	for (size_t i = 0; i < l->n_vpcs; i++)
		place_free(&l->vpcs[i].router);
	place_free(&l->host);
	ns_worker_stop(l->worker);
	json_decref(l->doc);
}

void
lab_restart_router(struct lab *l, size_t vpc)
{
	place_free(&l->vpcs[vpc].router);
	new_router(l, vpc);
}

struct apply {
	struct lab *lab;
	const struct fabric *fabric;
	struct joints joints;
};

static int
plug(struct lab *l, struct rtnl *r, const struct fabric_eni *e, const struct lab_vpc *v,
    struct err *err)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct cidr *addrs = arena_calloc(a, e->n_addresses + 1, sizeof(*addrs));
	struct eni_want want = { .id = e->id,
		.device = "eth0",
		.addrs = addrs,
		.n_addrs = e->n_addresses,
		.gateway = e->subnet->gateway,
		.mtu = v->facts.mtu,
		.forwards = e->kind == ENI_NAT || !e->is_checked };
	int plugged;

	assert_true(mac_parse(e->mac, want.mac));
	for (size_t i = 0; i < e->n_addresses; i++)
		addrs[i] = (struct cidr){ e->addresses[i].ip, e->addresses[i].len };
	return eni_ensure(r, v->facts.bridge, lab_machine(l, e->id)->place.fd, &want,
	    &plugged, err);
}

static int
apply_vpc(struct apply *j, size_t i, struct err *err)
{
	CLEANUP(rtnl_closep) struct rtnl *r = NULL;
	const struct fabric_vpc *vpc = &j->fabric->vpcs[i];
	struct router_want want = { j->fabric, vpc, &j->joints };
	struct lab_vpc *v = &j->lab->vpcs[i];

	if (ns_enter(v->router.fd, err) < 0 || rtnl_open(&r, err) < 0)
		return -1;
	for (size_t k = 0; k < j->joints.n; k++) {
		const struct joint *joint = &j->joints.list[k];
		int end = joint_end(joint, vpc), made = 0;

		if (end >= 0 &&
		    joint_ensure(r, v->router.fd,
			j->lab->vpcs[joint->vpc[!end]->index].router.fd, joint->name,
			1500, &made, err) < 0)
			return -1;
	}
	if (router_ensure(r, &want, &v->memory, &v->facts, err) < 0)
		return -1;
	for (size_t k = 0; k < j->fabric->n_enis; k++) {
		const struct fabric_eni *e = &j->fabric->enis[k];

		if (e->vpc == vpc && (e->kind == ENI_CONTAINER || e->kind == ENI_NAT) &&
		    plug(j->lab, r, e, v, err) < 0)
			return -1;
		if (ns_enter(v->router.fd, err) < 0)
			return -1;
	}
	v->is_new = 0;
	return 0;
}

/* The second round for those whose joints the first has made. */
static int
apply_job(void *arg, struct err *err)
{
	struct apply *j = arg;

	for (size_t i = 0; i < 2 * j->lab->n_vpcs; i++) {
		if (apply_vpc(j, i % j->lab->n_vpcs, err) < 0)
			return -1;
	}
	return 0;
}

void
lab_apply(struct lab *l)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct apply j = { .lab = l };
	struct fabric *f = NULL;
	struct err err = { 0 };

	if (fabric_read(l->doc, &f, &err) < 0)
		fail_msg("%s", err.msg);
	j.fabric = f;
	joints_read(f, a, &j.joints);
	if (ns_worker_run(l->worker, apply_job, &j, &err) < 0)
		fail_msg("%s", err.msg);
	fabric_free(f);
}

void
lab_set(struct lab *l, const char *list, const char *id, const char *member,
    const char *text)
{
	json_t *all = json_get(l->doc, list), *one;
	size_t i;

	json_array_foreach(all, i, one) {
		if (strcmp(json_str_or(one, "id", ""), id) != 0)
			continue;
		json_set(one, member, parse(text));
		return;
	}
	fail_msg("no %s in %s", id, list);
}

struct lab_machine *
lab_machine(struct lab *l, const char *eni)
{
	for (size_t i = 0; i < l->n_machines; i++) {
		if (strcmp(l->machines[i].eni, eni) == 0)
			return &l->machines[i];
	}
	fail_msg("no machine %s", eni);
	abort(); /* it does not return, and the compiler does not know */
}

static struct place *
place_named(struct lab *l, const char *name)
{
	return strcmp(name, "host") == 0 ? &l->host : &lab_machine(l, name)->place;
}

int
lab_reaches(struct lab *l, const char *from, const char *addr, const char *to,
    const char *seen)
{
	int listener = lab_machine(l, to)->tcp, fd, peer;
	char peer_addr[16];

	/* What came before and found no way back. */
	while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0)
		close(fd);
	fd = place_connect(place_named(l, from), NULL, addr, LAB_PORT, LONG_MS);
	if (fd < 0)
		return 0;
	peer = place_accept(listener, peer_addr);
	if (peer < 0)
		fail_msg("%s: a connection from %s arrived elsewhere", addr, from);
	if (seen != NULL && strcmp(peer_addr, seen) != 0)
		fail_msg("seen as %s, not as %s", peer_addr, seen);
	assert_true(is_alive(fd, peer) && is_alive(peer, fd));
	close(fd);
	close(peer);
	return 1;
}

int
lab_is_dead(struct lab *l, const char *from, const char *addr, int port)
{
	int fd = place_connect(place_named(l, from), NULL, addr, port, SHORT_MS);

	if (fd >= 0)
		close(fd);
	return fd < 0;
}

int
lab_throw(struct lab *l, const char *from, const char *source, const char *addr,
    const char *to)
{
	struct lab_machine *m = lab_machine(l, to);
	struct pollfd poll_fd = { .fd = m->udp, .events = POLLIN };
	struct sockaddr_in a = address(addr, LAB_PORT);
	char c = 0;
	int fd;

	while (recv(m->udp, &c, 1, MSG_DONTWAIT) == 1)
		continue;
	fd = udp_socket(l, place_named(l, from), source != NULL ? source : "0.0.0.0", 0);
	c = 0;
	(void)!sendto(fd, "y", 1, 0, (struct sockaddr *)&a, sizeof(a));
	if (poll(&poll_fd, 1, SHORT_MS) == 1)
		(void)!recv(m->udp, &c, 1, MSG_DONTWAIT);
	close(fd);
	return c == 'y';
}

int
lab_ping(struct lab *l, const char *from, const char *addr)
{
	struct socket_job j = { .at = place_named(l, from),
		.type = SOCK_RAW,
		.protocol = IPPROTO_ICMP };
	/* Type 8, code 0, their checksum, id 0x5346, sequence 1. */
	static const unsigned char echo[] = { 8, 0, 0xa4, 0xb8, 0x53, 0x46, 0, 1 };
	struct sockaddr_in a = address(addr, 0);
	struct pollfd poll_fd = { .events = POLLIN };
	unsigned char answer[256];
	struct err err = { 0 };
	int ok = 0;

	if (ns_worker_run(l->worker, socket_job, &j, &err) < 0)
		fail_msg("%s", err.msg);
	poll_fd.fd = j.fd;
	(void)!sendto(j.fd, echo, sizeof(echo), 0, (struct sockaddr *)&a, sizeof(a));
	while (!ok && poll(&poll_fd, 1, SHORT_MS) == 1) {
		ssize_t n = recv(j.fd, answer, sizeof(answer), 0);

		ok = n >= 28 && answer[20] == 0 && answer[24] == 0x53;
	}
	close(j.fd);
	return ok;
}

void
lab_shell(struct lab *l, const char *eni, const char *line)
{
	const char *const argv[] = { "sh", "-c", line, NULL };

	if (place_run(place_named(l, eni), argv) != 0)
		fail_msg("%s: %s", eni, line);
}
