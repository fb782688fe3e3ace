/*
 * Records of flow logs: written of what netd counted each minute, and kept where users read them:
 * GET /_simfra/flow-logs; those for S3 go to their bucket when their five minutes are over
 * (flow_publish.h).  Not delivered to CloudWatch Logs or Firehose yet.  An object
 * (a file of S3, five minutes of a log stream) is a document of ours, under the key that it has there:
 *
 *	s3	bucket/prefix/AWSLogs/ACCOUNT/vpcflowlogs/REGION/yyyy/mm/dd/….log.gz
 *	logs	log group/eni-…-all
 *
 * Document of kind FLOW_OBJECT_KIND: {id, text}; the flow log has "_objects", [{id, key, bucket, lines,
 * bytes, is_published}], the oldest first.  The oldest go when there are too many, all when the flow log goes.
 * Not emulated: Parquet, which is refused.  Records are of a minute at most, as
 * AWS's are on Nitro instances whatever the interval is; transit gateways' are not written.
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_FLOW_DELIVERY_H
#define CONTROL_SERVICES_EC2_NETWORK_FLOW_DELIVERY_H

#include "control/api/agent.h"

#define FLOW_LOG_KIND	 "ec2:flow-log"
#define FLOW_OBJECT_KIND "ec2:flow-object"

enum {
	FLOW_BUCKET_S = 300, /* an object's */
	FLOW_OBJECT_BYTES = 256 << 10,
	FLOW_OBJECTS_MAX = 400,
	FLOW_LOG_BYTES = 8 << 20, /* of all objects of one log */
};

/* What netd says of flows (NULL: nothing), once: 0 or -1. */
int flow_delivery_take(const struct agent_ref *agent, const json_t *said,
    struct err *err);

#endif
