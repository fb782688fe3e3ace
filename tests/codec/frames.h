/*
 * Frames of event streams, read by what shares no code with their writer; checksums are checked.
 */
#ifndef TESTS_CODEC_FRAMES_H
#define TESTS_CODEC_FRAMES_H

#include <stddef.h>

#include "base/arena.h"
#include "base/json.h"

/*
 * [{"headers": {name: value}, "payload": base64}], the arena's; headers of bytes and UUIDs in base64.  NULL for anything that is
 * not whole frames.
 */
json_t *frames_read(struct arena *a, const char *p, size_t n);

#endif
