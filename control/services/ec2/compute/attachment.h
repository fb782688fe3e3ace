/*
 * EC2: what netd said of interfaces: documents of kind "net:attachment", id the interface's,
 * {"container": full id, "pid": of its first process, "state", "error"}.
 *
 * An interface that is attached to a running instance is "attaching" until netd says that it is in
 * the container, and one that is detached is "detaching" until netd says nothing of it any more.
 */
#ifndef CONTROL_SERVICES_EC2_COMPUTE_ATTACHMENT_H
#define CONTROL_SERVICES_EC2_COMPUTE_ATTACHMENT_H

#include "control/api/converge.h"
#include "control/api/resource.h"

#define ATTACHMENT_KIND "net:attachment"

extern const struct resource ec2_attachment;

/* 1 when the interface (its document) is to be in a container; or is to leave it. */
int attachment_is_wanted(const json_t *interface);
int attachment_is_ending(const json_t *interface);

/* netd has plugged it into this very start of the container: 1, 0 not yet, -1 it cannot. */
int attachment_is_made(struct converge *cv, const char *interface,
    const json_t *container, struct err *err);

#endif
