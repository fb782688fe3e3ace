/*
 * Services that once spoke Query (awsQueryCompatible: sqs, cloudwatch) still say their errors by the codes
 * that they had there: in the header x-amzn-query-error, and in Query itself.
 */
#ifndef CONTROL_WIRE_QUERY_COMPATIBLE_H
#define CONTROL_WIRE_QUERY_COMPATIBLE_H

/*
 * An error that all services share ("AccessDeniedException"), by its code and status in Query; the same
 * code, and *status as it was, when it has no other.
 */
const char *query_compatible_code(const char *code, int *status);

#endif
