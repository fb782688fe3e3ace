/*
 * The agent of a load balancer: it tells HAProxy what control wants, and control how the targets are
 * (docs/AGENTS.md, "lb").
 */
#ifndef AGENTS_LB_LB_H
#define AGENTS_LB_LB_H

#include "sidecar/agent.h"

struct proxy;

struct lb {
	const char *program, *dir; /* of HAProxy; NULL: /usr/sbin/haproxy, /run/lb */
	uv_loop_t *loop;
	struct proxy *proxy;
	uv_timer_t timer;
	json_t *config;	   /* what is wanted; NULL: nothing yet */
	json_t *using;	   /* what HAProxy was given last; NULL */
	json_t *known;	   /* {"BACKEND SERVER": since} of those that were checked */
	json_t *targets;   /* what control is told: {key: {State, …, since}} */
	char problem[400]; /* why the last configuration is not in force */
	int is_ready;
};

extern const struct agent lb_agent;

#endif
