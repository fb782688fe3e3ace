/*
 * IAM: policies to be asked by the simulator, and what they are called in its answers.
 */
#ifndef CONTROL_SERVICES_IAM_POLICY_SOURCE_H
#define CONTROL_SERVICES_IAM_POLICY_SOURCE_H

#include "control/services/iam/iam.h"

enum { MAX_SOURCES = 200 };

struct source {
	const char *id, *type, *text;
	const json_t *doc;
};

struct sources {
	size_t n;
	struct source at[MAX_SOURCES];
};

void policy_source_add(struct sources *s, const char *id, const char *type,
    const char *text, const json_t *doc);

/* A text of the input, the i-th of a list: 0, or -1 InvalidInput. */
int policy_source_add_text(struct call *c, struct sources *s, const char *list, size_t i,
    const char *text, enum policy_use use, const char *type);

/* All texts of a member of the input. */
int policy_source_add_list(struct call *c, struct sources *s, const char *list);

/* The policies of a user, group or role, but those that PolicyExclusionList names: 0 or -1. */
int policy_source_add_holder(struct call *c, struct sources *s,
    const struct iam_entity *e, const json_t *doc);

/* Those of all groups of a user. */
int policy_source_add_groups(struct call *c, struct sources *s, const json_t *user);

/* Does PolicyExclusionList name the kind of policy? */
int policy_source_excludes_type(const struct call *c, const char *type);

/* A managed policy with the text of its version that counts: 1, 0, -1. */
int policy_source_managed(struct call *c, const char *arn, struct source *ret);

/* Whose ARN it is: 0, or -1 NoSuchEntity, InvalidInput. */
int policy_source_find_principal(struct call *c, const char *arn,
    const struct iam_entity **ret_entity, json_t **ret);

#endif
