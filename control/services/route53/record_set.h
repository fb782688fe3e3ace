/*
 * Resource record sets by themselves: what may be said in one, and which may stand beside each other.
 */
#ifndef CONTROL_SERVICES_ROUTE53_RECORD_SET_H
#define CONTROL_SERVICES_ROUTE53_RECORD_SET_H

#include "control/api/call.h"

/*
 * The change's set as it is kept (the arena's): names in their form.  0, or -1 InvalidInput, NoSuchHealthCheck for
 * what is no set at all.  What is wrong with its values goes into messages (InvalidChangeBatch), and *ret is NULL then.
 */
int r53_set_take(struct call *c, const json_t *change, const json_t *zone,
    json_t *messages, json_t **ret);

/* "[name='x.', type='A', set-identifier='b']" */
const char *r53_set_text(struct call *c, const json_t *set);

/* What keeps the set from standing beside the name's others; NULL: nothing. */
const char *r53_set_conflict(struct call *c, const json_t *sets, const json_t *set,
    const char *zone_name);

/* The same type and identifier? */
int r53_set_is(const json_t *a, const json_t *b);

/* The same in everything, in whatever order the values are? */
int r53_set_equal(const json_t *a, const json_t *b);

#endif
