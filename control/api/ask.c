#include "control/api/ask.h"

#include <stdio.h>

#include "control/api/dispatch.h"

int
ask_service(struct env *env, struct arena *a, const char *account, const char *region,
    const char *service, const char *operation, json_t *in, json_t **ret, struct err *err)
{
	struct call c = {
		.env = env,
		.arena = a,
		.region = region,
		.source_ip = "127.0.0.1",
		.is_service = 1,
		.in = in,
	};

	c.who.kind = PRINCIPAL_ROOT;
	c.who.arn = arena_printf(a, "arn:aws:iam::%s:root", account);
	c.who.user_id = arena_strdup(a, account);
	snprintf(c.who.account, sizeof(c.who.account), "%s", account);
	if (dispatch_run(&c, service, operation) < 0) {
		*err = c.err;
		return -1;
	}
	*ret = c.out;
	return 0;
}
