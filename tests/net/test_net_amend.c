/* Rules as messages (netdns/amend.h) in real namespaces: the same as rules as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <stdio.h>

#include "base/cc.h"
#include "tests/net/guarded.h"

/* Into out: the table of a machine, its lines sorted. */
static void
list_table(struct world *w, int i, char *out, size_t room)
{
	static const char *const list[] = { "sh", "-c",
		"nft list table inet simfra | sort >/tmp/simfra-guard-list", NULL };
	FILE *f = place_run(&w->machine[i], list) == 0 ?
	    fopen("/tmp/simfra-guard-list", "r") :
	    NULL;
	size_t n;

	assert_non_null(f);
	n = fread(out, 1, room - 1, f);
	fclose(f);
	assert_true(n > 0 && n < room - 1);
	out[n] = '\0';
	remove("/tmp/simfra-guard-list");
}

/* Rules of all kinds come one after another as messages, and are what text makes of the last state. */
static void
messages_make_what_text_makes(void **state)
{
	static const char *const all[] = {
		IN(""),
		IN(ANY),
		IN(RULE("\"protocol\": -1, \"cidr\": \"10.0.1.5/32\"")),
		IN(RULE(
		    "\"protocol\": 6, \"from\": 80, \"to\": 80, \"cidr\": \"10.0.0.0/8\"")),
		IN(RULE(
		    "\"protocol\": 6, \"from\": 0, \"to\": 65535, \"cidr\": \"10.0.1.4/31\"")),
		IN(RULE(
		    "\"protocol\": 17, \"from\": 53, \"to\": 53, \"list\": \"pl-1\"")),
		IN(RULE(
		    "\"protocol\": 17, \"from\": 53, \"to\": 53, \"group\": \"sg-0\"")),
		IN(RULE(
		    "\"protocol\": 1, \"from\": 8, \"to\": -1, \"cidr\": \"10.0.1.5/32\"")),
		IN(RULE(
		    "\"protocol\": 1, \"from\": 3, \"to\": 4, \"cidr\": \"0.0.0.0/0\"")),
		IN(RULE("\"protocol\": 47, \"cidr\": \"10.0.1.5/32\"")),
		IN(RULE(
		    "\"protocol\": 6, \"from\": 0, \"to\": 65535, \"cidr\": \"0.0.0.0/0\"")),
		IN(RULE("\"protocol\": 17, \"from\": 9, \"to\": 9, \"cidr\": \"::/0\"")),
		IN(RULE(
		    "\"protocol\": 17, \"from\": 9, \"to\": 99, \"cidr\": \"10.0.0.0/12\"")),
		IN(RULE("\"protocol\": 6, \"from\": 9, \"to\": 9, \"cidr\": \"2001:db8::/32\"") ", " RULE(
		    "\"protocol\": 6, \"from\": 9, \"to\": 9, \"cidr\": \"2001:db9::/33\"")),
		/* Beside each other, at both ends of all addresses. */
		IN(RULE("\"protocol\": 6, \"from\": 9, \"to\": 9, \"cidr\": \"0.0.0.0/8\"") ", " RULE(
		    "\"protocol\": 6, \"from\": 9, \"to\": 9, \"cidr\": \"1.0.0.0/8\"") ", " RULE("\"protocol\": 6, \"from\": 9, \"to\": 9, \"cidr\": \"255.0.0.0/8\"")),
		IN(RULE("\"protocol\": 58, \"from\": 128, \"to\": 0, \"cidr\": \"::/0\"") ", " RULE(
		    "\"protocol\": -1, \"group\": \"sg-2\"") ", " RULE("\"protocol\": 1, \"group\": \"sg-0\"")),
		IN(RULE("\"protocol\": -1, \"group\": \"sg-3\"")),
	};
	static char amended[65536], loaded[65536];
	struct world *w = *state;
	size_t n_loads;

	guard_forget(&w->memory[1]);
	guarded_apply(w, IN(""));
	n_loads = w->memory[1].n_loads;
	for (size_t i = 0; i < 2 * COUNT(all); i++) {
		const char *rules = all[i * 7 % COUNT(all)];

		guarded_apply(w, rules);
		assert_int_equal(w->memory[1].n_loads, n_loads);
		list_table(w, 1, amended, sizeof(amended));
		assert_int_equal(guarded_apply(w, rules), 0);
		if (i % 3 == 2) {
			guard_forget(&w->memory[1]);
			guarded_apply(w, rules);
			n_loads = w->memory[1].n_loads;
			list_table(w, 1, loaded, sizeof(loaded));
			assert_string_equal(amended, loaded);
		}
	}
}

/* Somebody meddled with a chain. */
static void
a_chain_of_others_is_loaded_whole(void **state)
{
	static const char *const more[] = { "nft", "add rule inet simfra in_eth0 accept",
		NULL };
	struct world *w = *state;
	size_t n_loads;

	guarded_apply(w, IN(ANY));
	n_loads = w->memory[1].n_loads;
	assert_int_equal(place_run(&w->machine[1], more), 0);
	w->memory[1].generation++; /* even if the numbers agreed */
	guarded_apply(w, IN(""));
	assert_int_equal(w->memory[1].n_loads, n_loads + 1);
	assert_false(guarded_passes(w, 0, 1, IPPROTO_UDP, 9, SHORT_MS));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_make_what_text_makes),
		cmocka_unit_test(a_chain_of_others_is_loaded_whole),
	};

	return cmocka_run_group_tests(tests, guarded_set_up, guarded_tear_down);
}
