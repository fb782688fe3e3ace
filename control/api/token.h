/*
 * Idempotency: the answer to (operation, ClientToken) is kept for a day and given again.
 */
#ifndef CONTROL_API_TOKEN_H
#define CONTROL_API_TOKEN_H

#include "control/api/resource.h"
#include "control/api/service.h"

struct token {
	char id[65];	/* of the operation and the token; the scope is the account's */
	char input[65]; /* of everything else that was asked */
};

/* The call's token: 1, or 0 when it has none that counts. */
int token_of(const struct call *c, struct token *ret);

/* 1 answered from an earlier call, 0 not, -1 IdempotentParameterMismatch. */
int token_replay(struct call *c, const struct token *t);

/* Keep c->out as the answer. */
void token_keep(struct call *c, const struct token *t);

/* The documents; the reconciler forgets old ones. */
extern const struct family api_tokens;

#endif
