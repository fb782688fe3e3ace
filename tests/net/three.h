/*
 * The network that tests of a router use, in a lab (lab.h).
 *
 * VPC a: public subnet pub, subnet priv behind a NAT gateway, isolated subnet iso, app with an
 * appliance.  VPC b is peered with a; c is joined to a by a transit gateway in zone x.  All ACLs
 * let everything pass.
 */
#ifndef TESTS_NET_THREE_H
#define TESTS_NET_THREE_H

#include "tests/net/lab.h"

#define ALL	"{'number': 100, 'allow': true, 'protocol': -1, 'cidr': '0.0.0.0/0'}"
#define LOCAL	"{'to': '10.0.0.0/16', 'kind': 'local'}"
#define IGW	"{'to': '0.0.0.0/0', 'kind': 'internet', 'id': 'igw-a'}"
#define FORWARD "echo 1 >/proc/sys/net/ipv4/ip_forward"

extern struct lab lab;

/* For cmocka. */
int three_open(void **state);
int three_close(void **state);

/* From now on the document is another; see lab_set(). */
void with(const char *list, const char *id, const char *member, const char *text);

#define REACHES(from, addr, to, seen) assert_true(lab_reaches(&lab, from, addr, to, seen))
#define DEAD(from, addr)	      assert_true(lab_is_dead(&lab, from, addr, LAB_PORT))

#endif
