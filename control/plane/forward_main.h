/*
 * `simfra forward …`: port forwards of the control plane that runs here.
 */
#ifndef CONTROL_PLANE_FORWARD_MAIN_H
#define CONTROL_PLANE_FORWARD_MAIN_H

#include <stdio.h>

#include "control/api/settings.h"

/*
 *	forward RESOURCE [PORT[/udp] [HOSTPORT]]	make one, wait until it listens, say where
 *	forward --list
 *	forward --remove HOSTPORT
 *
 * argv[0] is "forward"; the result is the exit status.
 */
int forward_main(struct arena *a, const struct settings *s, int argc, char **argv,
    FILE *out);

#endif
