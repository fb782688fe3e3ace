/*
 * EC2: volumes, as other families see them.
 *
 * A volume is a document as DescribeVolumes shows it, and a Docker volume of
 * the same id; a root volume is a document alone, since its data is the
 * container's own layer.  Privately:
 *	_made		its Docker volume is there, with the data of its snapshot
 *	_path		where that is, on the Docker host
 *	_root		it is a root volume
 *	_auto_io	AutoEnableIO
 *	_modification	the last one, as DescribeVolumesModifications shows it
 */
#ifndef CONTROL_SERVICES_EC2_STORAGE_VOLUME_H
#define CONTROL_SERVICES_EC2_STORAGE_VOLUME_H

#include "control/api/call.h"
#include "control/api/converge.h"
#include "control/api/resource.h"

extern const struct resource ec2_volume;

/*
 * The block devices of a launch: those of the image, changed by those that were asked for
 * (BlockDeviceMappings of the request; NULL: none), the root device first:
 * [{DeviceName, Ebs: {VolumeSize, VolumeType, …}}], everything checked and every
 * default filled in.  The arena's.  0 or -1.
 */
int ec2_mappings_plan(struct call *c, const json_t *image, const json_t *asked,
    const json_t **ret);

/*
 * Make the plan's volumes in the zone of the instance, attach them, and write its
 * BlockDeviceMappings; tags (NULL: none) are those of the new volumes.  The caller puts the instance.
 */
int ec2_volumes_launch(struct call *c, json_t *instance, const json_t *plan,
    const json_t *tags);

/* The instance is no more: its volumes go with it, or are free again.  0 or -1. */
int ec2_volumes_forget_instance(struct call *c, const char *instance);

/*
 * ModifyInstanceAttribute's BlockDeviceMappings: which volumes go with the instance; the volumes are
 * put, the instance is the caller's.  0 or -1.
 */
int ec2_volumes_modify(struct call *c, json_t *instance, const json_t *rows);

/* All volumes of the instance can be plugged in: 1, 0 not yet, -1. */
int ec2_volumes_are_ready(struct converge *cv, const char *instance, struct err *err);

#endif
