/*
 * GET /_simfra/health: 503 "bootstrapping" or "unhealthy", 200 "healthy", and of what.
 */
#ifndef CONTROL_PLANE_HEALTH_H
#define CONTROL_PLANE_HEALTH_H

struct exchange;

void health_answer(struct exchange *x);

#endif
