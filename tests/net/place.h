/*
 * Places: network namespaces of their own for tests, and what one can do in
 * them with sockets.  Each is held by a child process that dies with the test, so
 * nothing is left behind, however the test ends.
 */
#ifndef TESTS_NET_PLACE_H
#define TESTS_NET_PLACE_H

#include <sys/types.h>

#include "netdns/ns.h"
#include "netdns/rtnl.h"

struct place {
	pid_t pid;
	int fd;
	struct ns_worker *worker;
};

/* Any of these failing fails the test. */
void place_new(struct place *p, struct ns_worker *worker);
void place_free(struct place *p);

/* Make fd the namespace of a process that others hold. */
void place_of(struct place *p, pid_t pid, struct ns_worker *worker);

/* Bridge `name` in host with the address, and a veth from it to `device` in p. */
void place_bridge(struct place *host, const char *name, const char *addr);
void place_wire(struct place *host, const char *bridge, struct place *p,
    const char *device, const char *addr);

/* Everything in it by the rtnetlink view, in the arena. */
void place_view(struct place *p, struct arena *a, struct view *ret);

/* The same without IPv6, of which the kernel and Docker make some by themselves. */
void place_view4(struct place *p, struct arena *a, struct view *ret);

/* A socket of the place that listens on TCP addr:port, all addresses for "0.0.0.0", "::". */
int place_listen(struct place *p, const char *addr, int port);

/*
 * Connect from the place: the connected socket, or -1 when nobody answers within
 * wait_ms.  from may be NULL.
 */
int place_connect(struct place *p, const char *from, const char *to, int port,
    int wait_ms);

/*
 * One packet: UDP to the port, ICMP and ICMPv6 of that type, or of another protocol: 1 when it arrives at
 * `to`, which has the address.
 */
int place_packet(struct place *from, struct place *to, int protocol, const char *addr,
    int port, int wait_ms);

/* A bound socket; and one datagram, whose data is the mark. */
int place_udp(struct place *p, const char *addr, int port);
void place_send(int fd, const char *to, int port, int mark);

/* One echo request with the number: a socket; 1 once it was answered. */
int place_echo(struct place *p, const char *to, int number);
int place_is_echoed(int fd, int number);

/* Begin to connect from the port; 1 once it is done; close all who wait at a listener. */
int place_start(struct place *p, int from_port, const char *to, int port);
int place_is_connected(int fd);
void place_drain(int listener);

/* Take a connection, and say whom it is from; the socket, or -1 after 2 s. */
int place_accept(int listener, char from[16]);
int place_accept_any(int listener, char from[IP_TEXT]); /* of either version */

/* A connection from p to the address arrives at the listener, from `seen`, and both ends speak. */
int place_reaches(struct place *p, const char *addr, int port, int listener,
    const char *seen);
int place_is_dead(struct place *p, const char *addr, int port);

/* Lines written at one end come out at the other. */
int is_alive(int a, int b);

/* Run `ip` or another program in the place, its output to the test's: its status. */
int place_run(struct place *p, const char *const *argv);

#endif
