/*
 * EC2: what the files about images share.
 *
 * An image's document is as DescribeImages shows it, and privately:
 *	_docker_image	what its instances are made from; absent: its name chooses
 *	_catalogue	it is of the catalogue, or a copy of one that is
 *	_catalogue_name	a copy's: the name that chooses the Docker image
 *	_permissions	who may launch it: [{UserId}, {Group: "all"}, …]
 *	_uefi		UefiData
 *	_protected_until	ms: the cool-off of its deregistration protection
 */
#ifndef CONTROL_SERVICES_EC2_COMPUTE_IMAGE_H
#define CONTROL_SERVICES_EC2_COMPUTE_IMAGE_H

#include "control/api/call.h"
#include "control/api/converge.h"

enum { IMAGE_CATALOGUE_MAX = 32 };

/* The catalogue's documents in the region: how many. */
size_t image_catalogue(struct call *c, const char *region, json_t **docs);
json_t *image_catalogue_find(struct call *c, const char *region, const char *id);

/* What every image of ours is, unless it says otherwise. */
void image_set_constants(json_t *doc);

/*
 * A new image of the caller's with its name, checked, and tags (NULL: none); not put.  The
 * arena's; NULL and c->err.
 */
json_t *image_new(struct call *c, const char *name, const json_t *tags);

/* An image that the caller owns, to write: 0, or -1 InvalidAMIID.… or AuthFailure. */
int image_edit(struct call *c, const char *id, json_t **ret);

/* The caller's, shared with him, or of the catalogue, whatever its state: 1, 0, -1. */
int image_find(struct call *c, const char *region, const char *id, json_t **ret);

int image_converge(struct converge *cv, struct err *err);

#endif
