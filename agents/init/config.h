/*
 * What control tells PID 1: /.simfra/init.json.
 *
 * A reader for one flat JSON object of strings, integers and lists of
 * strings, so that the program stays static and small.  It is strict: bad
 * UTF-16 escapes, NUL, duplicate members, a second value behind the object, a
 * wrong type or a size past the limits below refuse the whole file.  A member
 * that it does not know is skipped and counted, so that the console can say so.
 */
#ifndef AGENTS_INIT_CONFIG_H
#define AGENTS_INIT_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

enum {
	CONFIG_MAX = 256 * 1024, /* bytes of the file */
	CONFIG_LIST_MAX = 1024,	 /* members of a list */
	CONFIG_WAIT_MAX_MS = 600 * 1000,
};

enum config_mode { CONFIG_EXEC, CONFIG_MACHINE };

/* All in the arena.  Lists end with NULL; absent members are empty or NULL. */
struct config {
	enum config_mode mode;
	char **devices;
	int64_t wait_ms;
	char *hostname;
	char **argv;
	char **env;
	char *instance_id;
	char *ca_hash;		  /* eight hexadecimal digits */
	unsigned char *user_data; /* decoded */
	size_t user_data_len;
	unsigned n_unknown;
};

/* 0, or -1 and *ret_why (a constant) says what is wrong. */
int config_parse(struct arena *a, const char *text, size_t len, struct config *ret,
    const char **ret_why);

/*
 * Read and parse a file.  In machine mode it is made readable by root alone,
 * because user data may hold secrets.  It stays: a restarted container needs it.
 */
int config_read(struct arena *a, const char *path, struct config *ret,
    const char **ret_why);

#endif
