/*
 * IAM: what users have apart from their documents: keys, certificates, passwords, devices.
 *
 * Each is a document of its own with member UserName.
 */
#ifndef CONTROL_SERVICES_IAM_OWNED_H
#define CONTROL_SERVICES_IAM_OWNED_H

#include "control/services/iam/iam.h"

struct iam_owned {
	const char *kind;
	const char *id_member; /* under whose value it is kept */
	const char *why; /* what a user's deletion asks for first: "delete access keys" */
};

extern const struct iam_owned iam_login_profile, iam_access_key, iam_mfa_device,
    iam_signing_certificate, iam_ssh_key, iam_service_credential;

/* Those of a user (shared): how many, into `ret` if that is not NULL (an array, which borrows); or -1. */
int iam_owned_of(struct call *c, const struct iam_owned *o, const char *user,
    json_t *ret);

/* The user has a new name: 0 or -1. */
int iam_owned_rename(struct call *c, const char *from, const char *to);

/* What of a user has to go first: 0 and NULL or its words, or -1. */
int iam_owned_left(struct call *c, const char *user, const char **ret);

#endif
