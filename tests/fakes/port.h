/*
 * Ports for servers that a test starts.
 */
#ifndef TESTS_FAKES_PORT_H
#define TESTS_FAKES_PORT_H

#include <stdint.h>

/*
 * A port of 127.0.0.1 that TCP and UDP did not have a moment ago.  It is below those that the
 * kernel gives to clients, so that no connection of another test takes it meanwhile.
 */
uint16_t free_port(void);

#endif
