/*
 * What a call does to blobs, around the commits of its tries: for the dispatcher.
 */
#ifndef CONTROL_API_CALL_BLOBS_H
#define CONTROL_API_CALL_BLOBS_H

#include "control/api/call.h"

/* Before each try: nothing is noted. */
void call_blobs_begin(struct call *c);

/* The try failed, or met a conflict: what it linked goes. */
void call_blobs_undo(struct call *c);

/* It is committed: what it dropped goes. */
void call_blobs_commit(struct call *c);

/* The call is over: its body goes, unless a committed document refers to it. */
void call_blobs_end(struct call *c);

#endif
