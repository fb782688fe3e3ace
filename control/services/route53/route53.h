/*
 * Route 53: what its families share.
 *
 * Documents, in scope "{account}:-":
 *	route53:hosted-zone	by id ("Z…"), as ListHostedZones shows it; _vpcs [{VPCRegion, VPCId, _account}],
 *		_allowed (the same, of authorizations), _servers [4 names], _set (the reusable delegation set's id),
 *		_serial (of its last change), _made, Tags
 *	route53:name		id "ZONE/com example www": Name, Zone, Sets [ResourceRecordSet], by type and identifier
 *	route53:change		the last ones, by serial modulo R53_CHANGES, as GetChange shows it; _serial, _zone
 *	route53:delegation-set	reusable ones, by id ("N…")
 * route53:serial "main" in STORE_SYSTEM counts the changes of all accounts, whose answers the VPCs' resolvers have
 * in that order (control/services/route53/view.h).
 *
 * Not emulated: DNSSEC, health checks, traffic policies, CIDR collections, protections of record sets, accelerated
 * recovery.
 */
#ifndef CONTROL_SERVICES_ROUTE53_ROUTE53_H
#define CONTROL_SERVICES_ROUTE53_ROUTE53_H

#include "control/api/call.h"
#include "control/api/service.h"

extern const struct service route53_service;
extern const struct family route53_zones, route53_zone_lists, route53_vpcs,
    route53_records, route53_record_lists, route53_changes, route53_tags,
    route53_delegation_sets, route53_limits;

#define R53_ZONE   "route53:hosted-zone"
#define R53_NAME   "route53:name"
#define R53_CHANGE "route53:change"
#define R53_SET	   "route53:delegation-set"
#define R53_SERIAL "route53:serial"

enum {
	R53_CHANGES = 2000,
	R53_MAX_ZONES = 500,
	R53_MAX_SETS = 100,
	R53_MAX_ZONES_OF_SET = 100,
	R53_MAX_RECORDS = 10000,
	R53_MAX_VPCS = 300,
	R53_NAME_TEXT = 1100, /* of a name with escapes, and its NUL */
};

/* Handlers ask for permission with their zone. */
#define R53(name_, run_, flags_, doc_) OP(name_, run_, (flags_) | OP_ASKS, doc_)

extern const struct err_kind r53_no_zone;   /* NoSuchHostedZone 404 */
extern const struct err_kind r53_bad_input; /* InvalidInput 400 */
extern const struct err_kind r53_no_set;    /* NoSuchDelegationSet 400 */
extern const struct err_kind r53_bad_name;  /* InvalidDomainName 400 */
extern const struct err_kind r53_limits;    /* LimitsExceeded 400 */

/* May the caller, on "hostedzone/Z1" or (NULL) on "*"?  0 or -1. */
int r53_ask(struct call *c, const char *resource);

/* "/hostedzone/Z1" or "Z1": the latter. */
const char *r53_bare_id(const char *id);

/* The zone that the input's member names, once the caller may: 0 and it (or a copy to write), or -1. */
int r53_zone_get(struct call *c, const char *member, json_t **ret);
int r53_zone_edit(struct call *c, const char *member, json_t **ret);
void r53_zone_put(struct call *c, json_t *zone);
const char *r53_zone_id(const json_t *zone); /* "Z1" */
int r53_zone_is_private(const json_t *zone);
json_t *r53_zone_show(struct call *c, const json_t *zone); /* the arena's */

/*
 * Note a change of the zone, which is put afterwards (NULL: it is gone): what is answered as ChangeInfo (the arena's).
 * NULL and c->err.
 */
json_t *r53_change(struct call *c, json_t *zone, const char *comment);

/* The page size that the input's MaxItems says: 0, or -1 InvalidInput. */
int r53_page_size(struct call *c, size_t max, size_t *ret);

/*
 * Four name servers of a new delegation set; those of a private zone are always the same.  *ret is the
 * arena's.
 */
json_t *r53_servers(struct call *c, int is_private);

/* 1 when it is a VPC of the account. */
int r53_vpc_exists(struct call *c, const char *account, const char *region,
    const char *id);

/* A zone of the same name that the VPC has already: 0, or -1 ConflictingDomainExists. */
int r53_vpc_check_free(struct call *c, const json_t *zone, const char *region,
    const char *vpc);

/* As GetHostedZone shows them (the arena's): without what is ours. */
json_t *r53_vpcs_show(struct call *c, const json_t *vpcs);

/* SOA and NS of a new zone; the names that the zone has are one then.  0 or -1. */
int r53_records_begin(struct call *c, const json_t *zone);

/* The documents of the zone's names, in order; *ret is in the arena.  0 or -1. */
int r53_names(struct call *c, const json_t *zone, struct store_docs *ret);

#endif
