#include "control/iam/mfa.h"

#include <string.h>

#include "base/enc.h"
#include "control/iam/identity.h"
#include "control/iam/totp.h"

enum { NEAR = 1, FAR = 60 }; /* steps by which a clock may be off, then and at first */

int
mfa_seed(const json_t *device, unsigned char out[MFA_SEED])
{
	return hex_decode(json_str_or(device, "_seed", ""), out, MFA_SEED);
}

static int64_t
step_of(int64_t now_ms)
{
	return now_ms / 1000 / TOTP_STEP_S;
}

int
mfa_take(json_t *device, const char *code, int64_t now_ms)
{
	int64_t at = step_of(now_ms) + json_int(device, "_drift", 0),
		last = json_int(device, "_step", -1), from = at - NEAR, step;
	unsigned char seed[MFA_SEED];

	if (!mfa_seed(device, seed))
		return 0;
	step = totp_find(seed, MFA_SEED, code, from > last ? from : last + 1, at + NEAR);
	if (step < 0)
		return 0;
	json_set_int(device, "_step", step);
	return 1;
}

int
mfa_sync(json_t *device, const char *first, const char *second, int64_t now_ms)
{
	int64_t at = step_of(now_ms), last = json_int(device, "_step", -1), step;
	unsigned char seed[MFA_SEED];

	if (!mfa_seed(device, seed))
		return 0;
	for (int64_t from = at - FAR > last ? at - FAR : last + 1;; from = step + 1) {
		step = totp_find(seed, MFA_SEED, first, from, at + FAR);
		if (step < 0)
			return 0;
		if (totp_find(seed, MFA_SEED, second, step + 1, step + 1) > 0)
			break;
	}
	json_set_int(device, "_step", step + 1);
	/* The second was shown now, or a moment ago. */
	json_set_int(device, "_drift", step + 1 - at);
	return 1;
}

int
mfa_verify(struct store_txn *t, struct arena *a, const char *account, const char *user,
    const char *serial, const char *code, int64_t now_ms, struct err *err)
{
	const char *scope = identity_scope(a, account);
	json_t *device;
	int rc = store_edit(t, scope, MFA_KIND, serial, &device, err);

	if (rc <= 0)
		return rc;
	if (strcmp(json_str_or(device, "UserName", ""), user) != 0 ||
	    !mfa_take(device, code, now_ms))
		return 0;
	store_put(t, scope, MFA_KIND, serial, device);
	return 1;
}
