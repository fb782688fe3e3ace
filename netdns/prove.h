/*
 * Does this machine enforce what it is told?  Two namespaces that nobody else
 * sees, a link between them, one packet that must pass and one that must not.
 */
#ifndef NETDNS_PROVE_H
#define NETDNS_PROVE_H

#include "netdns/ns.h"

/* 0 when it does; else -1, and err says what does not work. */
int prove_enforcement(struct ns_worker *w, struct err *err);

#endif
