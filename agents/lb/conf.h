/*
 * HAProxy's configuration, made of what control says (docs/AGENTS.md, "lb").
 *
 * A listener is a frontend "lis-…", a target group a backend "tg-…".  Which rule applies is decided first, in their
 * order (txn.rule); then what it does.  A target is a server NAME; NAME_o is the same one, of use when no target
 * is healthy, since a load balancer then leads to all.
 */
#ifndef AGENTS_LB_CONF_H
#define AGENTS_LB_CONF_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

struct conf {
	struct arena *arena;
	const json_t *config;
	const char *dir; /* where its files are: "/run/lb" */
	struct buf *out;
	struct err *err;
	int is_application;
};

extern const struct err_kind conf_bad; /* BadLoadBalancer 400 */

/* The whole text, the arena's, and the files that it names, written into dir: 0 or -1. */
int conf_make(struct arena *a, const json_t *config, const char *dir, const char **ret,
    struct err *err);

/* Rules of a listener of HTTP (conf_rule.c): 0 or -1. */
int conf_rules(struct conf *c, const json_t *listener);

/* A backend for each target group, and "none" (conf_group.c): 0 or -1. */
int conf_groups(struct conf *c);

/* A file with the text, named by what is in it; its path, the arena's, or NULL and *err. */
const char *conf_file(struct conf *c, const char *text, const char *suffix);

/* An attribute of a load balancer or a listener; "" when there is none. */
const char *conf_attribute(const json_t *doc, const char *key);
int conf_is_on(const json_t *doc, const char *key);

/* {"protocol": "HTTPS"} is that of the protocol. */
int conf_is(const json_t *doc, const char *member, const char *text);

/* A target's name as a server: letters, digits, "-_.:".  1 or 0. */
int conf_is_name(const char *text);

#endif
