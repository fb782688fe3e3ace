/*
 * EC2: what is set for all instances of an account's region: metadata defaults, credits of
 * burstable families, the serial console, tags of event notifications.
 */
#ifndef CONTROL_SERVICES_EC2_COMPUTE_INSTANCE_SETTINGS_H
#define CONTROL_SERVICES_EC2_COMPUTE_INSTANCE_SETTINGS_H

#include "control/services/ec2/ec2.h"

extern const struct family ec2_instance_settings;

/*
 * The MetadataOptions that a new instance of the image gets, as it shows them: what was asked for
 * (NULL: nothing), else the account's defaults, else the image's, else AWS's.  0 or -1.
 */
int instance_metadata_options(struct call *c, const json_t *given, const json_t *image,
    const json_t **ret);

/* "t3" of "t3.micro": the family when it is burstable, or NULL. */
const char *instance_credit_family(const char *type);

/* What a new instance of the burstable family gets: "standard" or "unlimited"; NULL and c->err. */
const char *instance_default_credits(struct call *c, const char *family);

/* One of those two: 0 or -1. */
int instance_check_credits(struct call *c, const char *credits);

#endif
