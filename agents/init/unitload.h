/*
 * Where units are: from a name to its settings.
 *
 * Looks through the unit folders in systemd's order under a root ("" for the
 * real one; tests have their own), follows aliases and templates, adds
 * drop-ins and what *.wants/ and *.requires/ folders say, and takes an
 * executable /etc/init.d/NAME when there is no unit of that name.
 */
#ifndef AGENTS_INIT_UNITLOAD_H
#define AGENTS_INIT_UNITLOAD_H

#include "agents/init/unitfile.h"

enum unit_load { UNIT_LOADED, UNIT_NOT_FOUND, UNIT_MASKED, UNIT_BAD };

/* "nginx" is "nginx.service": NULL when it cannot be a unit's name. */
char *unit_name_complete(struct arena *a, const char *s);

/* The fragment of exactly this name (or of its template): its path under root, or NULL. */
char *unit_find(struct arena *a, const char *root, const char *name);

/* A small regular file, whole, or NULL. */
char *unit_read_file(struct arena *a, const char *path, size_t *ret_len);

/* 1 when it is a link to /dev/null, or an empty file. */
int unit_path_is_mask(const char *path);

/*
 * All of a unit.  The name in *ret is the real one when `name` is an alias.
 * UNIT_BAD: *ret_why (a constant) says why; *ret is filled in all cases but
 * UNIT_NOT_FOUND.
 */
enum unit_load unit_conf_load(struct arena *a, const char *root, const char *name,
    struct unit_conf *ret, const char **ret_why);

/* Names in the TARGET.wants and TARGET.requires folders, of all unit folders but the distribution's. */
void unit_enabled_in(struct arena *a, const char *root, const char *target,
    struct words *ret);

/* The units of /etc/rc5.d/S* that have only an init script, in its order. */
void unit_enabled_scripts(struct arena *a, const char *root, struct words *ret);

/* 1 when all conditions hold, 0 and *ret which does not; an assertion's failure is -1. */
int unit_conditions(const struct unit_conf *u, const struct unit_condition **ret);

#endif
