/*
 * Which condition keys a policy asks for, and where its statements stand in its text.
 */
#ifndef CONTROL_IAM_CONTEXT_KEYS_H
#define CONTROL_IAM_CONTEXT_KEYS_H

#include "base/json.h"

/*
 * Add the keys that conditions and variables of the document (or of one statement) name to an array of strings, each once
 * whatever its case.
 */
void context_keys_of(const json_t *doc, json_t *keys);

/* A place in a text, from 1. */
struct policy_place {
	int line, column;
};

/*
 * Where the n-th statement of a policy's text begins, and behind its end: 1, or 0 when there is none.
 */
int policy_statement_place(const char *text, size_t n, struct policy_place *ret_begin,
    struct policy_place *ret_end);

#endif
