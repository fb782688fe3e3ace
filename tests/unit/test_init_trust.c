/* The local CA in trust stores as distributions have them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agents/init/trust.h"
#include "base/cc.h"

#define CA "-----BEGIN CERTIFICATE-----\nb3Vycw==\n-----END CERTIFICATE-----\n"
#define ROOTS \
	"# Some root\n-----BEGIN CERTIFICATE-----\ndGhlaXJz\n-----END CERTIFICATE-----\n"

static char root[64];

static void
in_root(char out[512], const char *path)
{
	snprintf(out, 512, "%s%s", root, path);
}

static void
make_folder(const char *path)
{
	char at[512];

	in_root(at, path);
	for (char *p = at + 1; *p != '\0'; p++) {
		if (*p == '/') {
			*p = '\0';
			mkdir(at, 0755);
			*p = '/';
		}
	}
	mkdir(at, 0755);
}

static void
put(const char *path, const char *text)
{
	char at[512];
	FILE *f;

	in_root(at, path);
	f = fopen(at, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void
is(const char *path, const char *text)
{
	char at[512], have[4096];
	size_t n;
	FILE *f;

	in_root(at, path);
	f = fopen(at, "r");
	assert_non_null(f);
	n = fread(have, 1, sizeof(have) - 1, f);
	have[n] = '\0';
	fclose(f);
	assert_string_equal(have, text);
}

static int
is_there(const char *path)
{
	struct stat st;
	char at[512];

	in_root(at, path);
	return lstat(at, &st) == 0;
}

static int
setup(void **state UNUSED)
{
	snprintf(root, sizeof(root), "/tmp/simfra-test-trust-XXXXXX");
	assert_non_null(mkdtemp(root));
	make_folder("/.simfra");
	put(TRUST_CA, CA);
	put(TRUST_BUNDLE, CA);
	return 0;
}

static int
remove_one(const char *path, const struct stat *st UNUSED, int type UNUSED,
    struct FTW *at UNUSED)
{
	return remove(path);
}

static int
teardown(void **state UNUSED)
{
	return nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void
every_distribution_has_its_place(void **state UNUSED)
{
	static const struct {
		const char *bundle, *folder, *file;
	} rows[] = {
		{ "/etc/ssl/certs/ca-certificates.crt",
		    "/usr/local/share/ca-certificates",
		    "/usr/local/share/ca-certificates/simfra-ca.crt" },
		{ "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
		    "/etc/pki/ca-trust/source/anchors",
		    "/etc/pki/ca-trust/source/anchors/simfra-ca.pem" },
		{ "/var/lib/ca-certificates/ca-bundle.pem", "/etc/pki/trust/anchors",
		    "/etc/pki/trust/anchors/simfra-ca.pem" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char parent[256];

		snprintf(parent, sizeof(parent), "%.*s",
		    (int)(strrchr(rows[i].bundle, '/') - rows[i].bundle), rows[i].bundle);
		make_folder(parent);
		make_folder(rows[i].folder);
		put(rows[i].bundle, ROOTS);
		/* Each boot; what is there stays as it is. */
		for (int boot = 0; boot < 3; boot++) {
			assert_int_equal(trust_install(root, NULL), 0);
			is(rows[i].bundle, ROOTS CA);
			is(rows[i].file, CA);
			is(TRUST_BUNDLE, ROOTS CA);
		}
		teardown(state);
		setup(state);
	}
}

static void
without_a_bundle_nothing_is_made(void **state UNUSED)
{
	make_folder("/usr/local/share/ca-certificates");
	make_folder("/etc/ssl/certs");
	assert_int_equal(trust_install(root, "1a2b3c4d"), 0);
	assert_false(is_there("/etc/ssl/certs/ca-certificates.crt"));
	assert_false(is_there("/usr/local/share/ca-certificates/simfra-ca.crt"));
	assert_false(is_there("/etc/ssl/certs/1a2b3c4d.0"));
	is(TRUST_BUNDLE, CA);
}

static void
without_a_ca_nothing_is_touched(void **state UNUSED)
{
	char path[512];

	make_folder("/etc/ssl/certs");
	put("/etc/ssl/certs/ca-certificates.crt", ROOTS);
	in_root(path, TRUST_CA);
	unlink(path);
	assert_int_equal(trust_install(root, NULL), 0);
	is("/etc/ssl/certs/ca-certificates.crt", ROOTS);
}

/* The bundle may lack its last newline, and be a link. */
static void
a_bundle_is_appended_to_where_it_is(void **state UNUSED)
{
	char from[512], to[512];
	struct stat st;

	make_folder("/etc/ssl/certs");
	put("/etc/ssl/real.pem", "x");
	in_root(from, "/etc/ssl/real.pem");
	in_root(to, "/etc/ssl/certs/ca-certificates.crt");
	assert_int_equal(symlink(from, to), 0);
	assert_int_equal(trust_install(root, NULL), 0);
	is("/etc/ssl/real.pem", "x\n" CA);
	assert_int_equal(lstat(to, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	is(TRUST_BUNDLE, "x\n" CA);
}

/* OpenSSL looks in a folder by the hash of the name, of which there may be others. */
static void
the_folder_of_hashes_has_a_link(void **state UNUSED)
{
	char path[512], to[128];
	ssize_t n;

	make_folder("/etc/ssl/certs");
	make_folder("/usr/local/share/ca-certificates");
	put("/etc/ssl/certs/ca-certificates.crt", ROOTS);
	put("/etc/ssl/certs/1a2b3c4d.0", ROOTS);
	for (int boot = 0; boot < 2; boot++)
		assert_int_equal(trust_install(root, "1a2b3c4d"), 0);
	in_root(path, "/etc/ssl/certs/1a2b3c4d.1");
	n = readlink(path, to, sizeof(to) - 1);
	assert_true(n > 0);
	to[n] = '\0';
	assert_string_equal(to, "/usr/local/share/ca-certificates/simfra-ca.crt");
	assert_false(is_there("/etc/ssl/certs/1a2b3c4d.2"));
	is("/etc/ssl/certs/1a2b3c4d.0", ROOTS);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_distribution_has_its_place),
		TEST(without_a_bundle_nothing_is_made),
		TEST(without_a_ca_nothing_is_touched),
		TEST(a_bundle_is_appended_to_where_it_is),
		TEST(the_folder_of_hashes_has_a_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
