/*
 * STS: who one is, and temporary credentials.
 */
#ifndef CONTROL_SERVICES_STS_STS_H
#define CONTROL_SERVICES_STS_STS_H

#include "control/api/service.h"

extern const struct service sts_service;

extern const struct family sts_roots;

struct session;

/* Seal the session, from now on for so many seconds, and answer its Credentials: 0 or -1. */
int sts_out_credentials(struct call *c, struct session *s, int64_t duration_s);

#endif
