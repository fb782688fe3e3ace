/*
 * EC2: the families of what an account is told of itself.
 */
#ifndef CONTROL_SERVICES_EC2_ACCOUNT_H
#define CONTROL_SERVICES_EC2_ACCOUNT_H

#include "control/services/ec2/ec2.h"

extern const struct family ec2_account_attributes, ec2_id_formats;

#endif
