/*
 * MFA devices as those see them who ask for a code.
 *
 * A document of kind "iam:mfa-device" is found by its serial number, which of a virtual one is its ARN: SerialNumber,
 * Arn, Path, _seed (hexadecimal), CreateDate, Tags; of one that is a user's, UserName, EnableDate, _step (of the last code that
 * was taken: none is taken twice) and _drift (steps by which its clock is off).
 */
#ifndef CONTROL_IAM_MFA_H
#define CONTROL_IAM_MFA_H

#include "base/arena.h"
#include "base/err.h"
#include "control/store/store.h"

#define MFA_KIND "iam:mfa-device"

enum { MFA_SEED = 64 };

/* The seed's bytes: 1, 0. */
int mfa_seed(const json_t *device, unsigned char out[MFA_SEED]);

/*
 * Is the code the device's now?  1, and the step is noted in `device`, which is a copy to write; or 0.
 */
int mfa_take(json_t *device, const char *code, int64_t now_ms);

/*
 * Of a user's device: 1 the code is right (and may not come again: the document is put), 0 it is not, or the
 * device is not his, -1.
 */
int mfa_verify(struct store_txn *t, struct arena *a, const char *account,
    const char *user, const char *serial, const char *code, int64_t now_ms,
    struct err *err);

/*
 * Two codes that follow each other, which a device gives that is to be known: 1 and `device` has its drift and step; 0.
 */
int mfa_sync(json_t *device, const char *first, const char *second, int64_t now_ms);

#endif
