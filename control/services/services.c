#include "control/services/services.h"

#include "base/cc.h"
#include "control/services/autoscaling/autoscaling.h"
#include "control/services/ec2/ec2.h"
#include "control/services/iam/iam.h"
#include "control/services/organizations/organizations.h"
#include "control/services/s3/s3.h"
#include "control/services/sts/sts.h"

const struct service *const services[] = {
	&autoscaling_service,
	&ec2_service,
	&iam_service,
	&organizations_service,
	&s3_service,
	&sts_service,
};
const size_t n_services = COUNT(services);
