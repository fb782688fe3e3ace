/* Three machines on a bridge, each with the table of its groups: what tests of them share. */
#ifndef TESTS_NET_GUARDED_H
#define TESTS_NET_GUARDED_H

#include "netdns/guard.h"
#include "tests/net/place.h"

enum { N = 3, LONG_MS = 2000, SHORT_MS = 150 };

extern const char *const address[N], *const address6[N];

struct world {
	struct ns_worker *worker;
	struct place host, machine[N];
	struct guard_memory memory[N];
	struct fabric *fabric;
};

/* For cmocka. */
int guarded_set_up(void **state);
int guarded_tear_down(void **state);

struct guarded_job {
	struct world *w;
	int i, changed;
};
int guarded_job(void *arg, struct err *err);

/* Machine 0 is in sg-0, 1 in sg-1, 2 in sg-2 and sg-3; their rules are the test's.  How many tables changed. */
int guarded_apply(struct world *w, const char *rules);
int guarded_apply_as(struct world *w, const char *rules, const char *kind1);

/* 1 when a packet of the protocol gets from one machine to the other. */
int guarded_passes(struct world *w, int from, int to, int protocol, int port,
    int wait_ms);

#define ALL_OUT	 "\"egress\": [{\"id\": \"o\", \"protocol\": -1, \"cidr\": \"0.0.0.0/0\"}]"
#define ALL_OUT6 "\"egress\": [{\"id\": \"o\", \"protocol\": -1, \"cidr\": \"::/0\"}]"
#define OTHERS                                           \
	"{\"id\": \"sg-0\", \"vpc\": \"v\", " ALL_OUT    \
	"}, {\"id\": \"sg-2\", \"vpc\": \"v\", " ALL_OUT \
	"}, {\"id\": \"sg-3\", \"vpc\": \"v\"}, "
#define IN(rules)  OTHERS "{\"id\": \"sg-1\", \"vpc\": \"v\", \"ingress\": [" rules "]}"
#define RULE(what) "{\"id\": \"r\", " what "}"

#define ANY RULE("\"protocol\": -1, \"cidr\": \"0.0.0.0/0\"")

#endif
