/*
 * The names by which AWS's services are reached: in VPCs they lead to control, which has
 * certificates for them.
 */
#ifndef CONTROL_API_AWS_NAMES_H
#define CONTROL_API_AWS_NAMES_H

#include <stddef.h>

/* Everything below these is AWS's: "amazonaws.com"; NULL ends the list. */
extern const char *const aws_suffixes[];

/* "zone" itself, or a name below it; without regard to case. */
int name_is_in(const char *name, const char *zone);

/* Below one of the suffixes, or one itself. */
int aws_name_is(const char *name);

#endif
