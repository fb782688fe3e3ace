/*
 * EC2: port forwards: ports of 127.0.0.1 that lead to instances and network interfaces.
 *
 * A document of kind "ec2:port-forward" in the resource's scope, its id the host's port:
 *	HostPort, Protocol ("tcp", "udp"), Port
 *	Resource ("i-…", "eni-…"), Arn, Interface	whose it is, and by which interface
 *	Address						the private address
 *	Public						the public one; absent: it leads into the VPC
 *	Automatic					true: an open port of a public instance
 *	Chosen						true: this very HostPort was asked for
 *	Listened					true: edge has had the port
 *	Moves						how often it had to take another one
 *	Created_ms
 * Public ones come and go with addresses, groups and states (port_forward_sync()); private ones
 * are made and removed by hand, and go with their resource.  What a resource has is in its tags,
 * "aws:simfra:port-forward/22" = "127.0.0.1:11800", which are the platform's: they do not count,
 * and only it writes them.
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_PORT_FORWARD_H
#define CONTROL_SERVICES_EC2_NETWORK_PORT_FORWARD_H

#include "control/services/ec2/ec2.h"

#define PORT_FORWARD_KIND "ec2:port-forward"
#define PORT_FORWARD_TAG  "aws:simfra:port-forward/"

enum {
	PORT_FORWARD_RANGE_MAX =
	    10, /* ports of one rule; one with more is not published */
	PORT_FORWARD_PORTS_MAX = 32, /* of one public address */
	PORT_FORWARD_MOVES_MAX = 20, /* to other ports of the host, when they are taken */
};

/* What a new forward is to be. */
struct port_forward_wish {
	const char *resource; /* an ARN, "i-…", "eni-…" */
	const char *protocol; /* "tcp", "udp" */
	int port, host_port;  /* host_port 0: the next free one */
};

/* Each is a transaction of its own: 0, or -1. */

/* *ret is the document, the arena's; *ret_is_new 0: it was there, with that or any host port. */
int port_forward_create(struct env *env, struct arena *a,
    const struct port_forward_wish *wish, json_t **ret, int *ret_is_new, struct err *err);

/* The one with the host's port, which is not automatic. */
int port_forward_remove(struct env *env, struct arena *a, int host_port, struct err *err);

/* All: an array, by host port, the arena's. */
int port_forward_list(struct env *env, struct arena *a, json_t **ret, struct err *err);

/*
 * Make the scope's forwards and tags as its instances, addresses and groups are now.
 * *ret_n_left: how many public ports found no port of the host's.
 */
int port_forward_sync(struct call *c, size_t *ret_n_left);

int port_forward_port(const json_t *doc);

/* What edge knows it by: another one on the same port has another. */
char *port_forward_key(struct arena *a, const json_t *doc);

extern const struct resource ec2_port_forward;

#endif
