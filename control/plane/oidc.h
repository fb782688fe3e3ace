/*
 * Keys of OpenID Connect issuers, as the administrator knows them (docs/IDENTITY.md):
 *	GET /_simfra/oidc		the issuers
 *	GET /_simfra/oidc/ISSUER	its keys, as RFC 7517 has them
 *	PUT, DELETE			ISSUER is without its scheme: id.example.com/path
 */
#ifndef CONTROL_PLANE_OIDC_H
#define CONTROL_PLANE_OIDC_H

#include "control/plane/plane.h"

#define OIDC_PATH "/_simfra/oidc"

void oidc_answer(struct exchange *x);

#endif
