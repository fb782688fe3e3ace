/*
 * All services that there are: the one list.
 */
#ifndef CONTROL_SERVICES_SERVICES_H
#define CONTROL_SERVICES_SERVICES_H

#include <stddef.h>

struct service;

extern const struct service *const services[];
extern const size_t n_services;

#endif
