/*
 * EC2: its condition keys.
 */
#ifndef CONTROL_SERVICES_EC2_CONDITION_KEYS_H
#define CONTROL_SERVICES_EC2_CONDITION_KEYS_H

#include "control/api/condition_keys.h"

extern const struct condition_key ec2_condition_keys[];

#endif
