/*
 * The admin door's /_simfra/ec2/instance-events: what EC2 would schedule for instances.
 */
#ifndef CONTROL_PLANE_INSTANCE_EVENTS_H
#define CONTROL_PLANE_INSTANCE_EVENTS_H

struct exchange;

/*
 *	GET	all, with those that ended a week ago at most
 *	POST	{"instanceId", "code", "description", "notBefore": now, "notAfter", "notBeforeDeadline"}: 201
 *	DELETE	.../{instanceEventId}: cancelled, 204
 *
 * Codes are EC2's; times are ISO 8601.
 */
void instance_events_answer(struct exchange *x);

#endif
