/*
 * What `systemctl enable` and its kin do: links in /etc/systemd/system.
 *
 * Works on files alone, in the process of systemctl, under a root ("" for the
 * real one).  What was done is said on stderr, as systemctl does.
 * Not emulated: preset files' instance lists, --global, --user.
 */
#ifndef AGENTS_INIT_ENABLE_H
#define AGENTS_INIT_ENABLE_H

enum enable_action { ENABLE, DISABLE, REENABLE, MASK, UNMASK, PRESET };

struct enable_options {
	const char *root;
	int runtime; /* /run instead of /etc */
	int quiet;
	int force;
	const char *preset_mode; /* NULL or "full", "enable-only", "disable-only" */
};

/* One unit, of a complete name: an exit status. */
int enable_unit(const struct enable_options *o, enum enable_action action,
    const char *name);

/* "enabled", "disabled", "static", "masked", "alias", "indirect", "generated" …; NULL: no such unit. */
const char *enable_state(const char *root, const char *name);

/* 1 when presets say that it is enabled by default. */
int enable_preset_says(const char *root, const char *name);

#endif
