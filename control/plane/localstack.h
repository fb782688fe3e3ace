/*
 * /_localstack/…: what scripts that were written for LocalStack ask a control plane
 * (LocalStack docs: Internal endpoints).  Thin: rows of the admin door.
 *
 * Not emulated: restart and kill by POST to health; diagnose, config, plugins.
 */
#ifndef CONTROL_PLANE_LOCALSTACK_H
#define CONTROL_PLANE_LOCALSTACK_H

struct exchange;

/* health: a service is available, or disabled when we have no operation of it. */
void localstack_health(struct exchange *x);

/* info: version and uptime. */
void localstack_info(struct exchange *x);

/* init, init/STAGE: init hooks (hooks.h) and their states. */
void localstack_init(struct exchange *x);

#endif
