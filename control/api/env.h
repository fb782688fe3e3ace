/*
 * What the process gives to whoever works in it: made in main(), or by a test.
 */
#ifndef CONTROL_API_ENV_H
#define CONTROL_API_ENV_H

#include "base/clock.h"
#include "control/api/settings.h"
#include "control/engine/engine.h"
#include "control/iam/auth.h"
#include "control/store/store.h"

struct blobs;
struct ca;
struct fragments;
struct image_settings;
struct service;

struct env {
	const struct settings *settings;
	struct store *store;
	struct blobs *blobs;
	struct engine *engine; /* NULL: API-only */
	const struct image_settings *images;
	const char
	    *own_container; /* the id of the one that control is; NULL: on the host */
	const void *init;   /* agents/init's program, for workloads */
	size_t init_len;
	const struct clock *clock;
	int (*port_is_free)(int port); /* of 127.0.0.1; NULL: cannot be known here */
	struct auth_env auth;
	struct ca *ca;		     /* the local one; NULL: there is none (tests) */
	struct fragments *fragments; /* NULL: replies are encoded anew each time */
	const struct service *const *services;
	size_t n_services;
};

#endif
