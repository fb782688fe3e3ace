/*
 * Time zones: what the clocks of a place show.
 *
 * Read from the system's database (/usr/share/zoneinfo); "UTC" and "Etc/UTC" need none.
 */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include <stdint.h>

#include "base/arena.h"

struct zone;

/* By its name ("Europe/Berlin"): the arena's, or NULL when there is none of that name. */
const struct zone *zone_find(struct arena *a, const char *name);

/* Seconds that its clocks are ahead of UTC at that moment (seconds since the epoch). */
int64_t zone_offset(const struct zone *z, int64_t at);

#endif
