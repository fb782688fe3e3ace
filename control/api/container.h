/*
 * Containers of resources: what converge() says there should be.
 */
#ifndef CONTROL_API_CONTAINER_H
#define CONTROL_API_CONTAINER_H

#include "base/err.h"
#include "base/json.h"
#include "control/api/converge.h"
#include "control/engine/images.h"

struct tar;

struct container_spec {
	const char *name;
	const char *image; /* a reference; pulled when it is not there */
	json_t *
	    config; /* POST /containers/create's, without Image and Labels; the arena's */
	const struct tar *files; /* unpacked under / before the first start; or NULL */
};

/*
 * A running container that is as the spec says: one of another spec is replaced, one that is
 * stopped is started.  *ret is its inspection.  0 or -1.
 */
int container_run(struct converge *cv, const struct container_spec *spec, json_t **ret,
    struct err *err);

/* Create it (not started) unless it is there: 1 made, 0 was there, -1. */
int container_create(struct converge *cv, const struct container_spec *spec,
    struct err *err);

/* An image of the table under its configured name; NULL and *err. */
char *container_image(struct converge *cv, enum image_id id, struct err *err);

/* The image of the reference is there, pulled if it was not: 0 and its inspection, or -1. */
int container_need_image(struct converge *cv, const char *ref, json_t **ret,
    struct err *err);

/* The address at which a network knows the container; NULL when it is not on it. */
const char *container_address(const json_t *inspection, const char *network);

#endif
