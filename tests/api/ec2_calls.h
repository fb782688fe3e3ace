/*
 * Calls of EC2's as root, for its tests, and a small world to make them in.
 */
#ifndef TESTS_API_EC2_CALLS_H
#define TESTS_API_EC2_CALLS_H

#include "base/cc.h"
#include "tests/api/fixture.h"

/* An Ubuntu image of the catalogue, in us-east-1. */
#define UBUNTU "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20250305"

json_t *ec2_ok(struct fixture *f, const char *op, const char *params, ...) PRINTF(3, 4);

/* Refused with the code; its message. */
const char *ec2_no(struct fixture *f, const char *code, const char *op,
    const char *params, ...) PRINTF(4, 5);

struct ec2_refusal {
	const char *op, *params, *code, *message; /* message NULL: any */
};
void ec2_refused(struct fixture *f, const struct ec2_refusal *r, size_t n);

/* The text at the path of an answer, which must be there; or must be this. */
const char *ec2_text(const json_t *v, const char *path);
void ec2_is(const json_t *v, const char *path, const char *text);

/* How many elements the list has. */
void ec2_counts(const json_t *v, const char *list, size_t n);

/* The id of the catalogue's image of the name. */
const char *ec2_image_named(struct fixture *f, const char *name);

/* 10.0.0.0/16 with a public subnet 10.0.1.0/24 that has a way to the internet. */
struct ec2_world {
	const char *vpc, *subnet, *gateway, *table, *image;
};
void ec2_world(struct fixture *f, struct ec2_world *ret);

/* An instance in it, of t3.micro; more is further JSON members, as "\"MinCount\": 2". */
json_t *ec2_launch(struct fixture *f, const struct ec2_world *w, const char *more);

/* The instance as DescribeInstances shows it. */
json_t *ec2_instance_now(struct fixture *f, const char *id);

#endif
