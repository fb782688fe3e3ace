/*
 * EC2: what netd said of interfaces: documents of kind "net:attachment", id the interface's,
 * {"container": full id, "pid": of its first process, "state", "error"}.
 */
#ifndef CONTROL_SERVICES_EC2_COMPUTE_ATTACHMENT_H
#define CONTROL_SERVICES_EC2_COMPUTE_ATTACHMENT_H

#include "control/api/resource.h"

#define ATTACHMENT_KIND "net:attachment"

extern const struct resource ec2_attachment;

#endif
