/*
 * A line of a VPC flow log, by its format (Amazon VPC User Guide, "Flow log records").
 *
 * Not emulated, and "-": TCP flags, sublocations, AWS services at either end, ECS, reasons of
 * refusals, encryption; the path of traffic, but that within the VPC.
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_FLOW_RECORD_H
#define CONTROL_SERVICES_EC2_NETWORK_FLOW_RECORD_H

#include "base/buf.h"
#include "base/json.h"

enum flow_status { FLOW_OK, FLOW_NODATA, FLOW_SKIPDATA };

struct flow_line {
	enum flow_status status;
	const char *account, *region;
	const json_t *interface; /* its document */
	const json_t *vpc;	 /* its VPC's; NULL: not known */
	const json_t *row;	 /* as netd says it (docs/AGENTS.md); of FLOW_OK */
	int is_refused;		 /* which of the two counts of the row */
	int64_t from_s, until_s;
};

/* The line and its end. */
void flow_record_add(struct buf *out, const char *format, const struct flow_line *l);

/* The names of the fields, as the first line of a file in S3 has them. */
void flow_record_header(struct buf *out, const char *format);

/* The version that a record of the format says it is of. */
int flow_record_version(const char *format);

#endif
