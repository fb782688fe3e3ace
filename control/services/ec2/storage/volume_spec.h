/*
 * EC2: what a volume can be: its type, and the limits of its size and speed.
 */
#ifndef CONTROL_SERVICES_EC2_STORAGE_VOLUME_SPEC_H
#define CONTROL_SERVICES_EC2_STORAGE_VOLUME_SPEC_H

#include "control/api/call.h"

#define VOLUME_UNSAID INT64_MIN

/* Numbers that were not said are VOLUME_UNSAID; texts NULL. */
struct volume_spec {
	const char *type;
	int64_t size; /* GiB */
	int64_t iops, throughput, initialization_rate;
	const char *snapshot, *kms_key;
	int encrypted, multi_attach;
};

/* Check it, and fill in what was not said: 0 or -1. */
int volume_spec_check(struct call *c, struct volume_spec *s);

/* Iops and Throughput as a volume of the type shows them, written into the document. */
void volume_spec_write(const struct volume_spec *s, json_t *doc);

/* 0, or -1 when it is no name that a device can have ("/dev/sdf", "xvdf"). */
int volume_device_check(struct call *c, const char *device);

/* "xvdf" of "/dev/xvdf": where it is under /mnt. */
const char *volume_device_name(const char *device);

#endif
