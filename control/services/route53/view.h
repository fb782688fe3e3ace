/*
 * What resolvers hear of Route 53: the zones that a VPC sees, as its resolver's configuration has records
 * (docs/AGENTS.md, "dns"), and one question to one zone.
 *
 * A VPC sees the private zones that it is associated with, and every public zone of all accounts that is not
 * below one of those.  Of public zones of one name the first that was made is heard.
 */
#ifndef CONTROL_SERVICES_ROUTE53_VIEW_H
#define CONTROL_SERVICES_ROUTE53_VIEW_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "control/store/store.h"

struct call;

struct r53_view {
	struct arena *arena;
	struct store_txn *txn;
	const char *region, *vpc; /* who asks; NULL: nobody's VPC */
	const char *control;	  /* the address that AWS's names lead to */
};

/*
 * Adds records and zones (names) to those that are there, among which aliases find their targets, too.
 * *ret_serial is the last change that is in them, 0 when there are none.  0 or -1.
 */
int r53_view_add(const struct r53_view *v, json_t *records, json_t *zones,
    int64_t *ret_serial, struct err *err);

/* One question to a zone, whose names are given: its values into `data`, and the response code. */
struct r53_question {
	const json_t *zone;
	const char *name, *type, *region;
	struct store_docs names;
};
const char *r53_view_test(struct arena *a, const struct r53_question *q, json_t *data);

/* Do all resolvers that answer from the zone know its change?  1, 0, -1. */
int r53_view_is_known(struct call *c, const json_t *change);

/* Where control keeps what a VPC's resolver knows: kind, by the VPC's id: {"serial"}. */
#define R53_KNOWN "ec2:dns-serial"

#endif
