#include "tests/net/guarded.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cc.h"

const char *const address[N] = { "10.0.1.5", "10.0.1.6", "10.0.1.7" };
const char *const address6[N] = { "2001:db8:0:101::5", "2001:db8:0:101::6",
	"2001:db8:0:101::7" };

static void
add_address6(struct place *p, const char *addr)
{
	char text[64];
	const char *const argv[] = { "ip", "address", "add", text, "dev", "eth0", "nodad",
		NULL };
	const char *const on[] = { "sh", "-c",
		"echo 0 >/proc/sys/net/ipv6/conf/eth0/disable_ipv6", NULL };

	snprintf(text, sizeof(text), "%s/64", addr);
	assert_int_equal(place_run(p, on), 0);
	assert_int_equal(place_run(p, argv), 0);
}

int
guarded_set_up(void **state)
{
	static struct world w;
	struct err err = { 0 };
	char with_len[32];

	memset(&w, 0, sizeof(w));
	*state = &w;
	if (ns_worker_start(&w.worker, &err) < 0)
		fail_msg("%s", err.msg);
	place_new(&w.host, w.worker);
	place_bridge(&w.host, "br0", "10.0.1.1/24");
	for (int i = 0; i < N; i++) {
		place_new(&w.machine[i], w.worker);
		snprintf(with_len, sizeof(with_len), "%s/24", address[i]);
		place_wire(&w.host, "br0", &w.machine[i], "eth0", with_len);
		add_address6(&w.machine[i], address6[i]);
	}
	return 0;
}

int
guarded_tear_down(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < N; i++) {
		guard_forget(&w->memory[i]);
		place_free(&w->machine[i]);
	}
	place_free(&w->host);
	fabric_free(w->fabric);
	ns_worker_stop(w->worker);
	return 0;
}

static struct fabric *
fabric_of(const char *rules, const char *kind1)
{
	char text[8192];
	struct fabric *f = NULL;
	struct err err = { 0 };
	json_t *doc;
	int n;

	n = snprintf(text, sizeof(text),
	    "{\"vpcs\": [{\"id\": \"v\", \"resolver\": \"10.0.0.2\", \"subnets\": [{\"id\": \"s\","
	    "\"cidr\": \"10.0.1.0/24\", \"gateway\": \"10.0.1.1\"}]}],"
	    "\"lists\": [{\"id\": \"pl-1\", \"cidrs\": [\"10.0.1.7/32\", \"192.0.2.0/24\"]}],"
	    "\"groups\": [%s], \"enis\": [",
	    rules);
	for (int i = 0; i < N; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n,
		    "%s{\"id\": \"eni-%d\", \"kind\": \"%s\", \"vpc\": \"v\", \"container\": \"c%d\", \"device\":"
		    "\"eth0\", \"mac\": \"02:00:00:00:00:0%d\", \"addresses\": [\"%s/24\", \"%s/64\"],"
		    "\"groups\": [\"sg-%d\"%s]}",
		    i > 0 ? ", " : "", i, i == 1 ? kind1 : "container", i, i, address[i],
		    address6[i], i, i == 2 ? ", \"sg-3\"" : "");
	snprintf(text + n, sizeof(text) - (size_t)n, "]}");
	if (json_read(text, strlen(text), &doc, &err) < 0 ||
	    fabric_read(doc, &f, &err) < 0)
		fail_msg("%s", err.msg);
	json_decref(doc);
	return f;
}

int
guarded_job(void *arg, struct err *err)
{
	struct guarded_job *j = arg;
	const struct fabric_eni *e = &j->w->fabric->enis[j->i];

	if (ns_enter(j->w->machine[j->i].fd, err) < 0)
		return -1;
	j->changed = guard_ensure(j->w->fabric, &e, 1, &j->w->memory[j->i], NULL, err);
	return j->changed < 0 ? -1 : 0;
}

int
guarded_apply_as(struct world *w, const char *rules, const char *kind1)
{
	struct err err = { 0 };
	int n = 0;

	fabric_free(w->fabric);
	w->fabric = fabric_of(rules, kind1);
	for (int i = 0; i < N; i++) {
		struct guarded_job j = { .w = w, .i = i };

		if (ns_worker_run(w->worker, guarded_job, &j, &err) < 0)
			fail_msg("%s", err.msg);
		n += j.changed;
	}
	return n;
}

int
guarded_apply(struct world *w, const char *rules)
{
	return guarded_apply_as(w, rules, "container");
}

static int
connects(struct world *w, int from, int to, int port, int wait_ms)
{
	int listener = place_listen(&w->machine[to], "0.0.0.0", port);
	int fd = place_connect(&w->machine[from], NULL, address[to], port, wait_ms);

	close(listener);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

int
guarded_passes(struct world *w, int from, int to, int protocol, int port, int wait_ms)
{
	if (protocol == IPPROTO_TCP)
		return connects(w, from, to, port, wait_ms);
	return place_packet(&w->machine[from], &w->machine[to], protocol, address[to],
	    port, wait_ms);
}
