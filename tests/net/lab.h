/*
 * A network of netd's configuration in namespaces of the test's own: routers, machines and what
 * joins VPCs, made by the library as netd does, without Docker and without groups.
 *
 * The host is the internet, 198.18.0.1, and has a bridge for each VPC's underlay.
 */
#ifndef TESTS_NET_LAB_H
#define TESTS_NET_LAB_H

#include "netdns/fabric.h"
#include "netdns/router.h"
#include "tests/net/place.h"

enum { LAB_PORT = 8080, LAB_MAX = 24 };

struct lab_vpc {
	struct place router;
	struct router_memory memory;
	struct router_facts facts;
	int is_new;
};

struct lab_machine {
	const char *eni;
	struct place place;
	int tcp, udp; /* listen on LAB_PORT */
};

struct lab {
	struct ns_worker *worker;
	struct place host;
	json_t *doc;
	struct lab_vpc vpcs[LAB_MAX];
	struct lab_machine machines[LAB_MAX];
	size_t n_vpcs, n_machines;
};

/*
 * text and more (NULL: none) are JSON objects with ' for ", which make one.  Underlays
 * are 198.19.0.(16 * i)/28, and set here.
 */
void lab_open(struct lab *l, const char *text, const char *more);
void lab_close(struct lab *l);

/* Make the document true. */
void lab_apply(struct lab *l);

/* The router of the VPC dies, and another one starts. */
void lab_restart_router(struct lab *l, size_t vpc);

/* Of list (…"acls") the one with the id, whose member is to be the JSON text. */
void lab_set(struct lab *l, const char *list, const char *id, const char *member,
    const char *text);

struct lab_machine *lab_machine(struct lab *l, const char *eni);

/*
 * A connection from the machine ("host": the host) to the address arrives at the machine `to`,
 * both directions work; seen (NULL: anything) is whom it is from.
 */
int lab_reaches(struct lab *l, const char *from, const char *addr, const char *to,
    const char *seen);

/* No connection: the machine to has none either after the time of a connection. */
int lab_is_dead(struct lab *l, const char *from, const char *addr, int port);

/* One UDP datagram from the source address (NULL: its own) arrives at the machine. */
int lab_throw(struct lab *l, const char *from, const char *source, const char *addr,
    const char *to);

/* An echo request is answered. */
int lab_ping(struct lab *l, const char *from, const char *addr);

/* Run a shell's line in the machine. */
void lab_shell(struct lab *l, const char *eni, const char *line);

#endif
