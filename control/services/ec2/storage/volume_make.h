/*
 * EC2: what the files about volumes share.
 */
#ifndef CONTROL_SERVICES_EC2_STORAGE_VOLUME_MAKE_H
#define CONTROL_SERVICES_EC2_STORAGE_VOLUME_MAKE_H

#include "control/api/converge.h"
#include "control/services/ec2/storage/volume_spec.h"

/*
 * What netd said of volumes in instances: documents of kind MOUNT_KIND, id "vol-1:i-1",
 * {"container", "pid", "state", "error"}.
 */
#define MOUNT_KIND "net:mount"

/* Write all that a new volume has; id and tags are there. */
void volume_fill(struct call *c, json_t *doc, const struct volume_spec *s,
    const char *zone);

/* The volume's attachment to the instance (NULL: its first), borrowed; or NULL. */
json_t *volume_attachment(const json_t *volume, const char *instance);

/* The instance's row of the volume in its BlockDeviceMappings, borrowed; or NULL. */
json_t *volume_row(const json_t *instance, const char *volume);

int volume_converge(struct converge *cv, struct err *err);

#endif
