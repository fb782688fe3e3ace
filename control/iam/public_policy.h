/*
 * Does a resource's policy let anybody in?  As S3's Block Public Access means it.
 */
#ifndef CONTROL_IAM_PUBLIC_POLICY_H
#define CONTROL_IAM_PUBLIC_POLICY_H

#include "base/json.h"

/*
 * 1 when a statement allows something to principals that are not fixed, unless a condition fixes who or where from
 * (aws:SourceArn, aws:PrincipalOrgID, aws:SourceIp of a network that is not too large …).
 */
int policy_is_public(const json_t *doc);

#endif
