/* Which container control is, from what the kernel says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "control/plane/own_container.h"

#define ID    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
#define AT    " - ext4 /dev/vda rw\n"

static void
the_kernels_word_is_read(void **state UNUSED)
{
	static const struct {
		const char *mountinfo, *cgroup, *id;
	} cases[] = {
		{ "", "", NULL },
		{ "1 2 8:1 / / rw" AT, "0::/user.slice\n", NULL },
		{ "1 2 8:1 /lib/docker/containers/" ID "/hostname /etc/hostname rw" AT,
		    "", ID },
		{ "1 2 8:1 /x/" ID "/hosts /etc/hosts rw" AT, "1:cpu:/docker/" OTHER "\n",
		    ID },
		{ "1 2 8:1 /x/" ID "/resolv.conf /etc/resolv.conf rw" AT, "0::/\n", ID },
		/* A volume or a layer has such a name too, and is none of these files. */
		{ "1 2 0:5 / / rw - overlay o upperdir=/x/" OTHER "/diff\n", "0::/\n",
		    NULL },
		{ "1 2 8:1 /volumes/" OTHER "/_data /data rw" AT "1 3 8:1 /x/" ID
		  "/hosts /etc/hosts rw" AT,
		    "", ID },
		{ "", "12:pids:/docker/" ID "\n0::/system.slice\n", ID },
		{ "", "0::/docker/" ID, ID },
		/* One digit too few, one too many, another alphabet. */
		{ "", "0::/docker/123" OTHER "\n", NULL },
		{ "", "0::/docker/abcdef0123456789\n", NULL },
		{ "1 2 8:1 /x/" ID "0/hosts /etc/hosts rw" AT, "", NULL },
		{ "1 2 8:1 /x/name/hosts /etc/hosts rw" AT, "", NULL },
		/* An id of the next line is not this line's. */
		{ "1 2 8:1 /x/name/hosts /etc/hosts rw\n" OTHER "\n", "", NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char id[CONTAINER_ID] = "";
		int found = own_container_id(cases[i].mountinfo, cases[i].cgroup, id);

		if (found != (cases[i].id != NULL))
			fail_msg("case %zu: %d", i, found);
		assert_string_equal(id, found ? cases[i].id : "");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernels_word_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
