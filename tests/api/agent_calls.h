/*
 * Control as its agents have it: what they are told, and what comes of what they say.
 */
#ifndef TESTS_API_AGENT_CALLS_H
#define TESTS_API_AGENT_CALLS_H

#include "tests/api/fixture.h"

#define SCOPE FIXTURE_ACCOUNT ":" FIXTURE_REGION

/* The configuration; NULL when there is no such agent. */
json_t *agent_config(struct fixture *f, const char *kind, const char *scope,
    const char *id);

/* The status as JSON text. */
void agent_say(struct fixture *f, const char *kind, const char *scope, const char *id,
    const char *text);

/* All images are there, an init, and the host is announced. */
void agent_images(struct fixture *f);

/*
 * As agent_images(), and the world follows the documents: each VPC gets its router, which
 * gives it its underlay.
 */
void agent_machines(struct fixture *f);

/* The same document as the JSON text. */
void agent_equals(struct fixture *f, const json_t *have, const char *want);

#endif
