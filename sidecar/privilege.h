/*
 * From root, or whatever started us, to nobody.
 */
#ifndef SIDECAR_PRIVILEGE_H
#define SIDECAR_PRIVILEGE_H

#include "base/err.h"

enum { PRIVILEGE_NOBODY = 65534 };

/* No exec of this process or of its children ever gains anything. */
int privilege_no_new(struct err *err);

/*
 * Go on as nobody, with no capability but NET_BIND_SERVICE, and that only if the
 * process has it now.  A process with user id 0 that lacks SETUID keeps the id, and
 * loses the capabilities; *ret_is_root says so.
 */
int privilege_drop(int *ret_is_root, struct err *err);

#endif
