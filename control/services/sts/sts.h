/*
 * STS: who one is, and temporary credentials.
 */
#ifndef CONTROL_SERVICES_STS_STS_H
#define CONTROL_SERVICES_STS_STS_H

#include "control/api/service.h"

extern const struct service sts_service;

extern const struct family sts_roots;

#endif
