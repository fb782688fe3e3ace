/*
 * `simfra operations [SERVICE]`: every operation that there is in AWS, and whether it is here.
 */
#ifndef CONTROL_PLANE_OPERATIONS_H
#define CONTROL_PLANE_OPERATIONS_H

#include <stdio.h>

/* A Markdown table; service NULL is all.  0, or 1 for a service that there is not. */
int operations_print(FILE *f, const char *service);

#endif
