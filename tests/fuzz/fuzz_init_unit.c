/* agents/init: unit files, and the configuration; the first byte chooses. */
#include <stdint.h>
#include <string.h>

#include "agents/init/config.h"
#include "agents/init/unitfile.h"
#include "base/cc.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
expand_all(struct arena *a, const struct unit_conf *u)
{
	for (size_t k = 0; k < CMD_KINDS; k++) {
		for (const struct unit_command *c = u->commands[k]; c != NULL;
		     c = c->next) {
			struct words out;

			words_expand(a, &c->argv, &u->environment, &out);
			if (out.v[out.n] != NULL)
				__builtin_trap();
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	const char *why = NULL;
	struct config c;
	struct unit_conf u;

	if (n == 0)
		return 0;
	if (*p % 2 == 0) {
		if (config_parse(a, (const char *)p + 1, n - 1, &c, &why) < 0 &&
		    why == NULL)
			__builtin_trap();
		return 0;
	}
	unit_conf_init(&u, a, "fuzz@in-st.service");
	unit_conf_apply(&u, (const char *)p + 1, n - 1);
	unit_conf_finish(&u, &why);
	expand_all(a, &u);
	return 0;
}
