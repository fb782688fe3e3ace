/*
 * In the worker's thread, since unshare(2) too changes only the thread that
 * calls it.  The namespaces end with their last descriptor, at the end of the job.
 *
 * First the packet that is to be refused passes, without a rule; so what
 * refuses it later is the rule, and not a link that does not work.  The rules are
 * security groups, made as those of any interface are: the receiver's, then the sender's.
 */
#include "netdns/prove.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netdns/guard.h"
#include "netdns/link.h"

enum { GOOD_PORT = 7001, BAD_PORT = 7002, N_TRIES = 40, TRY_MS = 50 };

static const struct err_kind not_enforced = { "NotEnforced", 500 };

static const uint32_t near_addr = 0xc0000201, far_addr = 0xc0000202; /* RFC 5737 */

struct proof {
	int near_ns, far_ns; /* the two namespaces */
	int good, bad, out;  /* sockets: two in far, one in near */
};

static int
new_ns(int *ret, struct err *err)
{
	if (unshare(CLONE_NEWNET) < 0)
		return err_errno(err, "make a network namespace");
	*ret = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	return *ret < 0 ? err_errno(err, "open a network namespace") : 0;
}

static int
set_end(struct rtnl *r, struct arena *a, const char *device, uint32_t addr,
    struct err *err)
{
	const struct cidr net = cidr_of4(addr, 30);
	const struct link *l;
	struct view v;

	if (rtnl_view(r, a, VIEW_LINKS | VIEW_ADDRS, &v, err) < 0)
		return -1;
	l = view_link(&v, device);
	if (l == NULL)
		return err_set(err, &not_enforced, "a new link is not there");
	if (link_set_addrs(r, &v, l->index, &net, 1, NULL, NULL, err) < 0 ||
	    link_set_up(r, l->index, err) < 0)
		return -1;
	return l->linkmode != 0 ? link_wake(r, l->index, err) : 0;
}

static int
wire(const struct proof *p, struct err *err)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 1 };
	CLEANUP(arena_freep) struct arena *a = arena_new();
	CLEANUP(rtnl_closep) struct rtnl *near = NULL, *far = NULL;

	if (ns_enter(p->far_ns, err) < 0 || rtnl_open(&far, err) < 0 ||
	    ns_enter(p->near_ns, err) < 0 || rtnl_open(&near, err) < 0 ||
	    link_veth(near, "near", 0, 1500, p->far_ns, "far", mac, err) < 0 ||
	    set_end(near, a, "near", near_addr, err) < 0 ||
	    set_end(far, a, "far", far_addr, err) < 0 ||
	    link_wait(near, "near", err) < 0 || link_wait(far, "far", err) < 0)
		return err_wrap(err, "link two namespaces");
	return 0;
}

static int
udp(uint32_t addr, int port, int *ret, struct err *err)
{
	struct sockaddr_in a = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(addr),
	};

	*ret = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (*ret < 0 || bind(*ret, (struct sockaddr *)&a, sizeof(a)) < 0)
		return err_errno(err, "open a socket in a namespace");
	return 0;
}

/* The sender's socket anew, with another port: a new flow. */
static int
fresh(struct proof *p, struct err *err)
{
	ns_closep(&p->out);
	return ns_enter(p->near_ns, err) < 0 ? -1 : udp(near_addr, 0, &p->out, err);
}

static void throw(const struct proof *p, int port)
{
	struct sockaddr_in a = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(far_addr),
	};

	/* A failure is a packet that does not arrive. */
	(void)!sendto(p->out, "x", 1, 0, (struct sockaddr *)&a, sizeof(a));
}

static int
catch_one(int fd, int wait_ms)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	char c;

	return poll(&poll_fd, 1, wait_ms) == 1 && recv(fd, &c, 1, MSG_DONTWAIT) == 1;
}

static int
passes(const struct proof *p, int fd, int port)
{
	for (int i = 0; i < N_TRIES; i++) {
		throw(p, port);
		if (catch_one(fd, TRY_MS))
			return 1;
	}
	return 0;
}

/* Both ends in a group: what far takes in and what near sends, as rules. */
static int
make_network(const char *takes, const char *sends, struct fabric **ret, struct err *err)
{
	static const char eni[] =
	    "{\"id\": \"%s\", \"vpc\": \"proof\", \"kind\": \"container\", \"container\": \"%s\","
	    "\"device\": \"%s\", \"mac\": \"02:00:00:00:00:01\", \"addresses\": [\"%s/30\"],"
	    "\"groups\": [\"%s\"]}";
	CLEANUP(arena_freep) struct arena *a = arena_new();
	const char *text = arena_printf(a,
	    "{\"vpcs\": [{\"id\": \"proof\"}], \"groups\": ["
	    "{\"id\": \"sg-near\", \"ingress\": [], \"egress\": [{%s}]},"
	    "{\"id\": \"sg-far\", \"ingress\": [{%s}], \"egress\": []}], \"enis\": [%s, %s]}",
	    sends, takes,
	    arena_printf(a, eni, "near", "near", "near", "192.0.2.1", "sg-near"),
	    arena_printf(a, eni, "far", "far", "far", "192.0.2.2", "sg-far"));
	json_t *doc;

	if (json_read_in(a, text, strlen(text), &doc, err) < 0)
		return -1;
	return fabric_read(doc, ret, err);
}

static int
set_rules(const struct proof *p, const char *takes, const char *sends, struct err *err)
{
	const int places[] = { p->near_ns, p->far_ns };
	struct fabric *f;
	int rc = 0;

	if (make_network(takes, sends, &f, err) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(places) && rc == 0; i++) {
		const struct fabric_eni *e = &f->enis[i];
		struct guard_memory memory = { 0 };

		if (ns_enter(places[i], err) < 0 ||
		    guard_ensure(f, &e, 1, &memory, NULL, err) < 0)
			rc = -1;
		guard_forget(&memory);
	}
	fabric_free(f);
	return rc;
}

#define ONLY_GOOD \
	"\"protocol\": 17, \"from\": 7001, \"to\": 7001, \"cidr\": \"192.0.2.0/30\""
#define ALL "\"protocol\": -1, \"group\": \"sg-far\""
#define ANY "\"protocol\": -1, \"cidr\": \"0.0.0.0/0\""

static int
packets(struct proof *p, struct err *err)
{
	static const struct {
		const char *takes, *sends, *who;
	} rows[] = {
		{ ONLY_GOOD, ALL, "the receiver's" },
		{ ANY, ONLY_GOOD, "the sender's" },
	};

	if (!passes(p, p->bad, BAD_PORT))
		return err_set(err, &not_enforced,
		    "no packet passes between two namespaces");
	while (catch_one(p->bad, 0))
		continue;
	for (size_t i = 0; i < COUNT(rows); i++) {
		/* Of a flow that was let through before nothing would be refused. */
		if (set_rules(p, rows[i].takes, rows[i].sends, err) < 0 ||
		    fresh(p, err) < 0)
			return -1;
		/* In order on one link: when the second is here, the first would be too. */
		throw(p, BAD_PORT);
		if (!passes(p, p->good, GOOD_PORT))
			return err_set(err, &not_enforced,
			    "%s group stops what it must let pass", rows[i].who);
		if (catch_one(p->bad, 0))
			return err_set(err, &not_enforced,
			    "%s group does not stop what it must stop", rows[i].who);
		while (catch_one(p->good, 0))
			continue;
	}
	return 0;
}

static int
prove_job(void *arg, struct err *err)
{
	struct proof *p = arg;

	if (new_ns(&p->far_ns, err) < 0 || new_ns(&p->near_ns, err) < 0 ||
	    wire(p, err) < 0 || udp(near_addr, 0, &p->out, err) < 0 ||
	    ns_enter(p->far_ns, err) < 0 || udp(far_addr, GOOD_PORT, &p->good, err) < 0 ||
	    udp(far_addr, BAD_PORT, &p->bad, err) < 0)
		return -1;
	return packets(p, err);
}

int
prove_enforcement(struct ns_worker *w, struct err *err)
{
	struct proof p = { -1, -1, -1, -1, -1 };
	int rc = ns_worker_run(w, prove_job, &p, err);

	ns_closep(&p.near_ns);
	ns_closep(&p.far_ns);
	ns_closep(&p.good);
	ns_closep(&p.bad);
	ns_closep(&p.out);
	return rc;
}
