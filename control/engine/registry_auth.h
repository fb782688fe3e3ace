/*
 * Who we are to a registry: what `docker login` left in config.json.
 *
 * Not emulated: credential helpers (credHelpers, credsStore), which are
 * programs; their registries are used without credentials, and a refused
 * pull says so.
 */
#ifndef CONTROL_ENGINE_REGISTRY_AUTH_H
#define CONTROL_ENGINE_REGISTRY_AUTH_H

#include "base/arena.h"
#include "base/err.h"

/* $DOCKER_CONFIG/config.json, else $HOME/.docker/config.json; NULL without either. */
char *registry_auth_file(struct arena *a);

/*
 * The value of X-Registry-Auth for the registry ("docker.io"): 1, or 0 without
 * credentials (then *ret is of nobody, and *ret_helper 1 if a helper would have them), or
 * -1 when the file is there and cannot be used.
 */
int registry_auth(struct arena *a, const char *file, const char *registry, char **ret,
    int *ret_helper, struct err *err);

#endif
