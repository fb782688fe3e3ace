/*
 * User data: a script that runs once in the life of an instance.
 *
 * The state is where cloud-init keeps it, so that scripts which look there
 * find it: /var/lib/cloud/instances/ID/ with user-data.txt, scripts/part-001,
 * sem/, boot-finished, and /var/lib/cloud/instance, a link to it.  A container that
 * is started again keeps its files and so does not run it again; another
 * instance made of the same disk does.
 *
 * Not emulated: #cloud-config, MIME multipart, gzip, #include, boothooks.
 * They are named on the console, and the boot reports "failed".
 */
#ifndef AGENTS_INIT_USERDATA_H
#define AGENTS_INIT_USERDATA_H

#include <sys/types.h>

#include "agents/init/config.h"
#include "agents/init/console.h"

#define USERDATA_LINK "/var/lib/cloud/instance"
#define USERDATA_LOG  "/var/log/cloud-init-output.log"

enum userdata_outcome { USERDATA_RUNNING, USERDATA_DONE, USERDATA_FAILED, USERDATA_NONE };

struct userdata {
	const struct config *config;
	int64_t boot_ms; /* monotonic */
	struct stream stream;
	int has_stream;
	pid_t pid; /* 0: not running */
	enum userdata_outcome outcome;
	int exit_code; /* -1: it was never started */
};

/* Everything up to the script's start; the outcome says whether it is running. */
void userdata_start(struct userdata *u, const struct config *c, struct console *console,
    int64_t boot_ms);

/* Its process ended so (a status of waitpid). */
void userdata_ended(struct userdata *u, int status);

/* What kind of user data it is that is not run: a sentence, or NULL for a script. */
const char *userdata_refusal(const unsigned char *p, size_t n);

#endif
