/*
 * RDS: parameter groups, for who changes their values.
 */
#ifndef CONTROL_SERVICES_RDS_PARAMETER_GROUP_H
#define CONTROL_SERVICES_RDS_PARAMETER_GROUP_H

#include "control/services/rds/rds.h"

/* The group, a default one too: 0, or -1 DBParameterGroupNotFound. */
int rds_parameter_group_get(struct call *c, const char *name, json_t **ret);

/* A copy to write; a default one cannot be: 0 or -1. */
int rds_parameter_group_edit(struct call *c, const char *name, json_t **ret);

#endif
