/*
 * Random groups, ACLs and routes for the places of test_net_property.c: what decides about packets, thrown anew.
 */
#ifndef TESTS_NET_CHANCES_H
#define TESTS_NET_CHANCES_H

#include <stdint.h>

#include "base/json.h"

enum { N_PORTS = 3, N_GROUPS = 4 };

extern const int chances_ports[N_PORTS];

void chances_begin(uint64_t seed);

/* Below n. */
unsigned chances_pick(unsigned n);

/* All that decides in the document, anew. */
void chances_shuffle(json_t *doc);

#endif
