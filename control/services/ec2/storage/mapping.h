/*
 * EC2: block device mappings, as images and launches have them.
 */
#ifndef CONTROL_SERVICES_EC2_STORAGE_MAPPING_H
#define CONTROL_SERVICES_EC2_STORAGE_MAPPING_H

#include "control/api/call.h"

/* The device's row, borrowed; or NULL. */
json_t *mapping_find(const json_t *list, const char *device);

/* Names and members of what was asked for (NULL: nothing): 0 or -1. */
int mapping_check(struct call *c, const json_t *asked);

/* Rows of an image, changed by what was asked for: 0 or -1. */
int mapping_overlay(struct call *c, json_t *list, const json_t *asked, const char *root);

/* What was asked for as an image shows it: a new array, the arena's.  0 or -1. */
int mapping_register(struct call *c, const json_t *asked, json_t **ret);

#endif
