#include "control/iam/keyid.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

static const char base32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

void
keyid_make(const char *prefix, const char *account,
    const unsigned char entropy[KEYID_ENTROPY], char *out)
{
	uint64_t head = UINT64_C(1) << 47 | (uint64_t)strtoull(account, NULL, 10) << 7 |
	    (entropy[0] & 0x7f);
	uint64_t tail = 0;

	memcpy(out, prefix, 4);
	for (int i = 1; i < KEYID_ENTROPY; i++)
		tail = tail << 8 | entropy[i];
	/* 48 bits and 32 bits make 16 groups of 5; the tenth straddles. */
	for (int i = 0; i < 16; i++) {
		int low = 75 - 5 * i;
		uint64_t v = low >= 32 ? head >> (low - 32) :
		    low > 27	       ? head << (32 - low) | tail >> low :
					 tail >> low;

		out[4 + i] = base32[v & 31];
	}
	out[20] = '\0';
}

int
keyid_account(const char *id, char *out)
{
	uint64_t head = 0;

	if (strlen(id) != 20)
		return 0;
	for (int i = 4; i < 14; i++) {
		const char *at = strchr(base32, id[i]);

		if (at == NULL)
			return 0;
		head = head << 5 | (uint64_t)(at - base32);
	}
	head >>= 2; /* 50 bits were read */
	head = head >> 7 & ((UINT64_C(1) << 40) - 1);
	if (head > UINT64_C(999999999999))
		return 0;
	snprintf(out, 13, "%012" PRIu64, head);
	return 1;
}

void
unique_id(const char *prefix, char *out)
{
	memcpy(out, prefix, 4);
	random_text(out + 4, 17, base32);
}

void
secret_random(char *out)
{
	random_text(out, 40,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
}
