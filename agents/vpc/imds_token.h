/*
 * IMDSv2 session tokens.
 *
 * A token says when it ends and is sealed with a key of this agent's and the
 * instance it was given to; none is stored, and all outlive a restart.
 */
#ifndef AGENTS_VPC_IMDS_TOKEN_H
#define AGENTS_VPC_IMDS_TOKEN_H

#include <stdint.h>

enum { IMDS_TOKEN_LEN = 56, IMDS_TTL_MAX = 21600, IMDS_KEY_LEN = 32 };

/* "1" to "21600": the number, or -1. */
int imds_ttl_parse(const char *text);

void imds_token_make(const unsigned char key[IMDS_KEY_LEN], const char *instance_id,
    int64_t now_s, int ttl_s, char out[IMDS_TOKEN_LEN + 1]);

/* The seconds that are left, or -1: not a token of this instance's, or over. */
int imds_token_check(const unsigned char key[IMDS_KEY_LEN], const char *instance_id,
    int64_t now_s, const char *token);

#endif
