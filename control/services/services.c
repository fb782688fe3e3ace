#include "control/services/services.h"

#include "base/cc.h"
#include "control/services/acm/acm.h"
#include "control/services/autoscaling/autoscaling.h"
#include "control/services/cloudwatch/cloudwatch.h"
#include "control/services/ec2/ec2.h"
#include "control/services/elasticache/elasticache.h"
#include "control/services/elbv2/elbv2.h"
#include "control/services/iam/iam.h"
#include "control/services/organizations/organizations.h"
#include "control/services/rds/rds.h"
#include "control/services/route53/route53.h"
#include "control/services/s3/s3.h"
#include "control/services/s3control/s3control.h"
#include "control/services/sts/sts.h"

const struct service *const services[] = {
	&acm_service,
	&autoscaling_service,
	&cloudwatch_service,
	&ec2_service,
	&elasticache_service,
	&elbv2_service,
	&iam_service,
	&organizations_service,
	&rds_service,
	&route53_service,
	&s3_service,
	&s3control_service,
	&sts_service,
};
const size_t n_services = COUNT(services);
