/*
 * Flow logs in their buckets: files as log delivery writes them, gzip, once the five minutes that they are of are over.
 * What a bucket does not take is tried again each minute, and the flow log's DeliverLogsStatus says so meanwhile.
 * What is not published when a flow log is deleted goes with it.
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_FLOW_PUBLISH_H
#define CONTROL_SERVICES_EC2_NETWORK_FLOW_PUBLISH_H

#include "control/services/s3/deliver.h"

/*
 * Where a log with these members (LogDestination, DestinationOptions) delivers to; the key is not set.
 * *ret_root: what its keys begin with, "prefix/AWSLogs/123456789012/".
 */
void flow_publish_to(struct arena *a, const char *account, const char *region,
    const json_t *log, struct s3_delivery *ret, const char **ret_root);

/* Of all flow logs what is due at that second: 0 or -1. */
int flow_publish(struct env *env, struct arena *a, int64_t now_s, struct err *err);

#endif
