/*
 * EC2: what an instance's container printed, kept for GetConsoleOutput: documents of kind
 * "ec2:console", id the instance's, {"output": base64, "at_ms"}.
 */
#ifndef CONTROL_SERVICES_EC2_COMPUTE_CONSOLE_H
#define CONTROL_SERVICES_EC2_COMPUTE_CONSOLE_H

#include "base/json.h"

struct converge;

#define CONSOLE_KIND "ec2:console"
enum { CONSOLE_MAX = 64 << 10 };

/* Keep what there is now, if it changed.  Best effort: a failure is nobody's. */
void console_keep(struct converge *cv);

/* The same, and have converge() asked again: often while the machine is young. */
void console_follow(struct converge *cv, const json_t *container);

void console_forget(struct converge *cv);

#endif
