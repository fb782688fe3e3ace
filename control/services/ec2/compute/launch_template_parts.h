/*
 * What the files of launch templates share.
 */
#ifndef CONTROL_SERVICES_EC2_COMPUTE_LAUNCH_TEMPLATE_PARTS_H
#define CONTROL_SERVICES_EC2_COMPUTE_LAUNCH_TEMPLATE_PARTS_H

#include "control/services/ec2/compute/launch_template.h"

extern const struct resource ec2_launch_template_version;

/* The version of the number: 1 and the shared document, 0, -1. */
int launch_template_version_find(struct call *c, const json_t *template, int64_t number,
    json_t **ret);

/* "3", "$Latest", "$Default": 1 and *ret, or 0 for anything else. */
int launch_template_number(const json_t *template, const char *text, int64_t *ret);

/* -1 with the words for a version that is not there. */
int launch_template_no_version(struct call *c, const char *version);

/* A new version's document, put; `data` is shared.  NULL and c->err. */
json_t *launch_template_version_make(struct call *c, const json_t *template,
    int64_t number, const json_t *data);

/* What AWS refuses in the data when a version is made: 0 or -1. */
int launch_template_check(struct call *c, const json_t *data);

#endif
