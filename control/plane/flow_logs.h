/*
 * Records of VPC flow logs, which have nowhere else to go yet (flow_delivery.h):
 *
 *	GET /_simfra/flow-logs		all flow logs that have some, with their objects
 *	GET /_simfra/flow-logs/fl-1	the objects of one: keys, lines, bytes
 *	GET /_simfra/flow-logs/fl-1/KEY	what is under the key, the oldest first, as text
 */
#ifndef CONTROL_PLANE_FLOW_LOGS_H
#define CONTROL_PLANE_FLOW_LOGS_H

struct exchange;

void flow_logs_answer(struct exchange *x);

#endif
