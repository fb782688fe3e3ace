/*
 * The properties of a unit as text, NAME=value a line: what `systemctl show`,
 * `status` and `is-active` are made of.
 */
#ifndef AGENTS_INIT_DESCRIBE_H
#define AGENTS_INIT_DESCRIBE_H

#include "agents/init/manager.h"
#include "base/buf.h"

/* u NULL: no such unit.  asked: the name it was asked for by, an alias perhaps. */
void describe_unit(struct buf *b, struct unit *u, const char *asked);

/* "loaded", "not-found" … */
const char *describe_load(const struct unit *u);

#endif
