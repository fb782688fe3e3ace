/*
 * systemctl, in two parts: what it does (systemctl.c), and what it shows of
 * units (systemctl_show.c).  The verbs are rows of one table.
 */
#ifndef AGENTS_INIT_SYSTEMCTL_H
#define AGENTS_INIT_SYSTEMCTL_H

#include "agents/init/enable.h"
#include "agents/init/words.h"

struct systemctl {
	struct arena *arena;
	struct enable_options enable;
	int now, value, no_legend, no_block, no_reload, all;
	const char *signal, *type, *state;
	size_t lines;
	struct words properties;
	struct words units; /* of complete names */
	struct words words; /* as they were said */
};

struct systemctl_verb {
	const char *name;
	int (*run)(struct systemctl *o, const struct systemctl_verb *v);
	int arg;
	int min_units;
};

typedef int systemctl_fn(struct systemctl *o, const struct systemctl_verb *v);

systemctl_fn systemctl_is;     /* is-active, is-failed, by v->arg 'a', 'f' */
systemctl_fn systemctl_show;   /* properties */
systemctl_fn systemctl_status; /* for people */
systemctl_fn systemctl_list;   /* list-units */

#endif
