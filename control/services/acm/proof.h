/*
 * ACM: how a domain is proved: a CNAME that its owner puts into a public zone of Route 53.
 */
#ifndef CONTROL_SERVICES_ACM_PROOF_H
#define CONTROL_SERVICES_ACM_PROOF_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

struct converge;

#define PROOF_KIND "acm:certificate"

char *proof_lower(struct arena *a, const char *name);

/*
 * {"Name": "_….example.com.", "Type": "CNAME", "Value": "_….acm-validations.aws."}: always the same for an account
 * and a domain, and for "*.example.com" that of "example.com".  The arena's.
 */
json_t *proof_record(struct arena *a, const char *account, const char *domain);

/* Of the certificate's domains those that are proved by such a record now: names, the arena's.  0 or -1. */
int proof_find(struct converge *cv, json_t **ret, struct err *err);

/* A name of a zone has changed: whoever waits for one looks again. */
int proof_changed(struct converge *cv, struct err *err);

#endif
