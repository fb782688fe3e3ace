/*
 * Values of resource records: text to the bytes of RFC 1035 and its successors, a row a type.
 */
#ifndef CONTROL_SERVICES_ROUTE53_VALUE_H
#define CONTROL_SERVICES_ROUTE53_VALUE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"

/* The number of a type that Route 53 has; 0: it has not. */
uint16_t r53_type_number(const char *type);

/* NULL and the bytes appended, or what is wrong: "ARRDATAIllegalIPv4Address (Value …)". */
const char *r53_value_parse(struct arena *a, const char *type, const char *text,
    struct buf *ret);

#endif
