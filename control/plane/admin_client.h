/*
 * The program's own commands ask the control plane that runs: its admin door, at SIMFRA_PORT,
 * as the bearer of SIMFRA_ADMIN_TOKEN if there is one.
 */
#ifndef CONTROL_PLANE_ADMIN_CLIENT_H
#define CONTROL_PLANE_ADMIN_CLIENT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "control/api/settings.h"

/*
 * path: "/_simfra/explain?from=i-1"; body NULL: none.  *ret is the answer's document, the arena's, NULL
 * when it has none.  The HTTP status, or -1: nobody answers.
 */
int admin_ask(struct arena *a, const struct settings *s, const char *method,
    const char *path, const json_t *body, json_t **ret, struct err *err);

/* A value of a query, as it stands in a URL. */
char *admin_escape(struct arena *a, const char *text);

#endif
