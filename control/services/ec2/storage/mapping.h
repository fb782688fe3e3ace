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

#endif
