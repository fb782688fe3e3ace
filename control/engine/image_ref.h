/*
 * Image references: "debian", "ghcr.io/simfra-dev/simfra-vpc:0.1.0",
 * "localhost:5000/a/b@sha256:…".
 *
 * The first part is a registry when it has a dot or a colon or is
 * "localhost"; otherwise the registry is docker.io, where a name of one
 * part is under "library/".
 */
#ifndef CONTROL_ENGINE_IMAGE_REF_H
#define CONTROL_ENGINE_IMAGE_REF_H

#include "base/arena.h"
#include "base/err.h"

extern const struct err_kind image_ref_malformed;

/* Strings are the arena's. */
struct image_ref {
	const char *host;   /* as written, NULL when it is not */
	const char *path;   /* as written: "debian", "simfra-dev/simfra-vpc" */
	const char *tag;    /* as written, or NULL */
	const char *digest; /* "sha256:…", or NULL */
};

int image_ref_parse(struct arena *a, const char *text, struct image_ref *ret,
    struct err *err);

/* "docker.io" when none is written. */
const char *image_ref_registry(const struct image_ref *ref);

/* As short as written, but never without a tag or digest: "debian" is "debian:latest". */
char *image_ref_text(struct arena *a, const struct image_ref *ref);

/* Whole: "docker.io/library/debian:latest". */
char *image_ref_full(struct arena *a, const struct image_ref *ref);

/*
 * The same image in another registry, whose name may have a path:
 * "apache/kafka:3.9.0" in "reg.example.com/simfra" is
 * "reg.example.com/simfra/apache/kafka:3.9.0"; a registry of its own is replaced.
 */
int image_ref_in_registry(struct arena *a, const char *text, const char *registry,
    char **ret, struct err *err);

#endif
