/*
 * What an agent and control say to each other: the pull of the configuration
 * and the push of the status (docs/AGENTS.md).
 *
 * Knows no process, signal or environment: agent_run() adds these, and tests
 * drive this part on a loop of their own.
 */
#ifndef SIDECAR_PULL_H
#define SIDECAR_PULL_H

#include <uv.h>

#include "base/err.h"
#include "sidecar/agent.h"
#include "sidecar/keep.h"

enum {
	PULL_WAIT_S = 20,	    /* control holds an unchanged answer for so long */
	PULL_BACKOFF_MAX_MS = 2000, /* between two tries while control is away */
	PULL_CONFIG_LIMIT = 64 << 20,
	PULL_STATUS_LIMIT = 1 << 20,
};

struct pull;

struct pull_options {
	const char *endpoint; /* "http://198.18.0.1:4599"; copied */
	const char *token;    /* copied */
	const char *source;   /* copied; NULL: what routing says */
	struct keep *keep;    /* borrowed */
};

/* Fails on an endpoint or a token that could not be sent. */
int pull_open(uv_loop_t *loop, const struct agent *agent, void *self,
    const struct pull_options *options, struct pull **ret, struct err *err);

/* Takes the kept configuration, if there is one, and starts to poll. */
void pull_start(struct pull *p);

void pull_status_changed(struct pull *p);

/* Ends what is under way; the loop frees the rest as it closes the handles. */
void pull_close(struct pull *p);

#endif
