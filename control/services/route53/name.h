/*
 * Domain names as Route 53 has them: in lower case, with a last dot, and with what is no letter, digit, hyphen
 * or underscore as "\052".
 */
#ifndef CONTROL_SERVICES_ROUTE53_NAME_H
#define CONTROL_SERVICES_ROUTE53_NAME_H

#include "base/arena.h"

enum r53_name_fault {
	R53_NAME_FINE,
	R53_LABEL_EMPTY,
	R53_LABEL_LONG,
	R53_NAME_LONG,
	R53_NAME_CHARACTER,
};

/* The name in that form, of at most 255 bytes on the wire; *ret lies in the arena. */
enum r53_name_fault r53_name_parse(struct arena *a, const char *text, const char **ret);

/* "DomainLabelEmpty (Domain label is empty)" and the like. */
const char *r53_name_fault(enum r53_name_fault fault);

/* "com example www": sorts as ListResourceRecordSets does.  The name is in the form above. */
char *r53_name_key(struct arena *a, const char *name);

/* Is the name the zone's or one below it?  Both in the form above. */
int r53_name_is_in(const char *name, const char *zone);

/* As resolvers' configurations have it: escapes of printable characters undone. */
char *r53_name_plain(struct arena *a, const char *name);

#endif
