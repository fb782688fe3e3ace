/* agents/init/unitfile, unitload and enable: units in a root of their own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agents/init/enable.h"
#include "agents/init/unitload.h"
#include "base/cc.h"

struct fixture {
	char root[64];
	struct arena *arena;
	struct enable_options o;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	snprintf(f->root, sizeof(f->root), "/tmp/test_init_unit_XXXXXX");
	assert_non_null(mkdtemp(f->root));
	f->arena = arena_new();
	f->o.root = f->root;
	f->o.quiet = 1;
	*state = f;
	return 0;
}

static int
remove_one(const char *path, const struct stat *st UNUSED, int type UNUSED,
    struct FTW *at UNUSED)
{
	return remove(path);
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	nftw(f->root, remove_one, 16, FTW_PHYS | FTW_DEPTH);
	arena_free(f->arena);
	free(f);
	return 0;
}

static void
make_parents(struct fixture *f, char *path)
{
	for (char *s = path + strlen(f->root) + 1; (s = strchr(s, '/')) != NULL; s++) {
		*s = '\0';
		mkdir(path, 0755);
		*s = '/';
	}
}

static void
put(struct fixture *f, const char *path, const char *text)
{
	char *full = arena_printf(f->arena, "%s%s", f->root, path);
	FILE *file;

	make_parents(f, full);
	file = fopen(full, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	fclose(file);
}

static void
put_link(struct fixture *f, const char *path, const char *to)
{
	char *full = arena_printf(f->arena, "%s%s", f->root, path);

	make_parents(f, full);
	assert_int_equal(symlink(to, full), 0);
}

static enum unit_load
load(struct fixture *f, const char *name, struct unit_conf *u)
{
	const char *why = "";

	return unit_conf_load(f->arena, f->root, name, u, &why);
}

static void
assert_link(struct fixture *f, const char *path, const char *to)
{
	char got[PATH_MAX] = "";
	ssize_t n =
	    readlink(arena_printf(f->arena, "%s%s", f->root, path), got, sizeof(got) - 1);

	if (to == NULL) {
		assert_true(n < 0);
		return;
	}
	assert_string_equal(got, to);
}

static void
settings_of_a_service_are_read(void **state)
{
	struct fixture *f = *state;
	struct unit_conf u;

	put(f, "/lib/systemd/system/a.service",
	    "# a comment\n"
	    "[Unit]\n"
	    "Description = A \\\n"
	    "# in between\n"
	    "  thing\n"
	    "After=network.target b.service\n"
	    "[Service]\n"
	    "Type=forking\n"
	    "PIDFile=/run/%p.pid\n"
	    "ExecStartPre=-/bin/mkdir -p \"/run/a b\"\n"
	    "ExecStart=@/usr/sbin/a aaa --flag ${X}\n"
	    "ExecReload=/bin/kill -HUP $MAINPID ; :+/bin/true\n"
	    "Environment=A=1 \"B=two words\"\n"
	    "Restart=on-failure\n"
	    "RestartSec=2\n"
	    "TimeoutSec=1min\n"
	    "KillMode=mixed\n"
	    "KillSignal=SIGWINCH\n"
	    "UMask=0077\n"
	    "ProtectSystem=strict\n"
	    "[Install]\n"
	    "WantedBy=multi-user.target\n");
	assert_int_equal(load(f, "a.service", &u), UNIT_LOADED);
	assert_string_equal(u.description, "A    thing");
	assert_int_equal(u.after.n, 2);
	assert_int_equal(u.type, TYPE_FORKING);
	assert_string_equal(u.pid_file, "/run/a.pid");
	assert_true(u.commands[CMD_START_PRE]->ignore_failure);
	assert_string_equal(u.commands[CMD_START_PRE]->argv.v[2], "/run/a b");
	assert_string_equal(u.commands[CMD_START]->path, "/usr/sbin/a");
	assert_string_equal(u.commands[CMD_START]->argv.v[0], "aaa");
	assert_string_equal(u.commands[CMD_START]->argv.v[2], "${X}");
	assert_true(u.commands[CMD_RELOAD]->next->no_variables);
	assert_true(u.commands[CMD_RELOAD]->next->as_root);
	assert_string_equal(words_env(&u.environment, "B"), "two words");
	assert_int_equal(u.restart, RESTART_ON_FAILURE);
	assert_true(u.restart_ms == 2000);
	assert_true(u.start_timeout_ms == 60000 && u.stop_timeout_ms == 60000);
	assert_int_equal(u.kill_mode, KILL_MIXED);
	assert_int_equal(u.kill_signal, SIGWINCH);
	assert_true(u.umask == 077);
	assert_int_equal(u.notes.n, 1);
	assert_string_equal(u.notes.v[0], "ProtectSystem");
}

static void
mistakes_are_noted_and_left_out(void **state)
{
	struct fixture *f = *state;
	struct unit_conf u;

	put(f, "/etc/systemd/system/a.service",
	    "stray=1\n[Service\n[Service]\nno equals\nExecStart=/bin/a \"open\nExecStart=/bin/b\n"
	    "KillSignal=SIGNOPE\nRestartSec=soon\nUMask=9\nEnvironment=novalue\n");
	assert_int_equal(load(f, "a.service", &u), UNIT_LOADED);
	assert_string_equal(u.commands[CMD_START]->path, "/bin/b");
	assert_null(u.commands[CMD_START]->next);
	assert_int_equal(u.kill_signal, SIGTERM);
	assert_true(u.restart_ms == 100);
	assert_int_equal(u.environment.n, 0);
	assert_int_equal(u.notes.n, 6);
}

static void
a_unit_that_cannot_run_is_bad(void **state)
{
	struct fixture *f = *state;
	struct unit_conf u;

	put(f, "/etc/systemd/system/none.service", "[Service]\nType=simple\n");
	put(f, "/etc/systemd/system/two.service",
	    "[Service]\nExecStart=/a\nExecStart=/b\n");
	put(f, "/etc/systemd/system/steps.service",
	    "[Service]\nType=oneshot\nExecStart=/a\nExecStart=/b\n");
	put(f, "/etc/systemd/system/t@.service", "[Service]\nExecStart=/a %i\n");
	assert_int_equal(load(f, "none.service", &u), UNIT_BAD);
	assert_int_equal(load(f, "two.service", &u), UNIT_BAD);
	assert_int_equal(load(f, "steps.service", &u), UNIT_LOADED);
	assert_int_equal(load(f, "t@.service", &u), UNIT_BAD);
	assert_int_equal(load(f, "t@x.service", &u), UNIT_LOADED);
	assert_string_equal(u.commands[CMD_START]->argv.v[1], "x");
}

static void
the_administrators_file_wins_and_drop_ins_add(void **state)
{
	struct fixture *f = *state;
	struct unit_conf u;

	put(f, "/usr/lib/systemd/system/a.service",
	    "[Service]\nExecStart=/usr/a\nUser=one\n");
	put(f, "/usr/lib/systemd/system/a.service.d/20-x.conf",
	    "[Service]\nUser=vendor\n");
	put(f, "/usr/lib/systemd/system/a.service.d/30-y.conf",
	    "[Service]\nGroup=last\n");
	put(f, "/etc/systemd/system/a.service.d/10-z.conf",
	    "[Service]\nExecStart=\nExecStart=/etc/a\n");
	put(f, "/etc/systemd/system/a.service.d/20-x.conf", "[Service]\nUser=admin\n");
	assert_int_equal(load(f, "a.service", &u), UNIT_LOADED);
	assert_string_equal(u.commands[CMD_START]->path, "/etc/a");
	assert_string_equal(u.user, "admin");
	assert_string_equal(u.group, "last");
	assert_int_equal(u.dropins.n, 3);

	put(f, "/etc/systemd/system/a.service", "[Service]\nExecStart=/etc/only\n");
	assert_int_equal(load(f, "a.service", &u), UNIT_LOADED);
	assert_null(strstr(u.path, "/usr/lib"));
}

static void
an_alias_is_the_unit_itself(void **state)
{
	struct fixture *f = *state;
	struct unit_conf u;

	put(f, "/lib/systemd/system/ssh.service", "[Service]\nExecStart=/sshd\n");
	put_link(f, "/etc/systemd/system/sshd.service",
	    "/lib/systemd/system/ssh.service");
	put_link(f, "/etc/systemd/system/loop-a.service",
	    "/lib/systemd/system/loop-b.service");
	put_link(f, "/etc/systemd/system/loop-b.service",
	    "/lib/systemd/system/loop-a.service");
	assert_int_equal(load(f, "sshd.service", &u), UNIT_LOADED);
	assert_string_equal(u.name, "ssh.service");
	assert_int_not_equal(load(f, "loop-a.service", &u), UNIT_LOADED);
	assert_string_equal(enable_state(f->root, "sshd.service"), "alias");
}

static void
what_is_not_a_file_is_not_read(void **state)
{
	struct fixture *f = *state;
	struct unit_conf u;
	char *path =
	    arena_printf(f->arena, "%s/etc/systemd/system/fifo.service", f->root);

	put(f, "/etc/systemd/system/x/y", "");
	assert_int_equal(mkfifo(path, 0644), 0);
	assert_int_equal(load(f, "fifo.service", &u), UNIT_NOT_FOUND);
	assert_int_equal(load(f, "nowhere.service", &u), UNIT_NOT_FOUND);
	assert_int_equal(load(f, "nowhere.target", &u), UNIT_LOADED);
}

static void
an_init_script_is_a_unit(void **state)
{
	struct fixture *f = *state;
	struct unit_conf u;
	struct words names;

	put(f, "/etc/init.d/old", "#!/bin/sh\n");
	assert_int_equal(load(f, "old.service", &u), UNIT_NOT_FOUND);
	assert_int_equal(chmod(arena_printf(f->arena, "%s/etc/init.d/old", f->root),
			     0755),
	    0);
	assert_int_equal(load(f, "old.service", &u), UNIT_LOADED);
	assert_int_equal(u.type, TYPE_FORKING);
	assert_string_equal(enable_state(f->root, "old.service"), "disabled");
	put_link(f, "/etc/rc5.d/S01old", "../init.d/old");
	assert_string_equal(enable_state(f->root, "old.service"), "enabled");
	unit_enabled_scripts(f->arena, f->root, &names);
	assert_int_equal(names.n, 1);
	assert_string_equal(names.v[0], "old.service");
}

static void
conditions_are_judged(void **state)
{
	static const struct {
		const char *line;
		int result;
	} cases[] = {
		{ "ConditionPathExists=/nowhere", 0 },
		{ "ConditionPathExists=!/nowhere", 1 },
		{ "ConditionPathExists=/etc/passwd", 1 },
		{ "ConditionPathIsDirectory=/etc", 1 },
		{ "ConditionPathIsDirectory=/etc/passwd", 0 },
		{ "ConditionFileNotEmpty=/etc/passwd", 1 },
		{ "ConditionPathExistsGlob=/etc/pass*", 1 },
		{ "ConditionVirtualization=!container", 0 },
		{ "ConditionVirtualization=vm", 0 },
		{ "ConditionKernelCommandLine=quiet", 1 },
		{ "ConditionPathExists=|/nowhere\nConditionPathExists=|/etc", 1 },
		{ "ConditionPathExists=|/nowhere", 0 },
		{ "AssertPathExists=/nowhere", -1 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct unit_condition *which;
		struct unit_conf u;
		char *text = arena_printf(f->arena, "[Unit]\n%s\n", cases[i].line);

		unit_conf_init(&u, f->arena, "a.service");
		unit_conf_apply(&u, text, strlen(text));
		assert_int_equal(unit_conditions(&u, &which), cases[i].result);
	}
}

static void
enabling_makes_links_and_disabling_removes_them(void **state)
{
	struct fixture *f = *state;
	struct words names;

	put(f, "/usr/lib/systemd/system/a.service",
	    "[Service]\nExecStart=/a\n[Install]\nWantedBy=multi-user.target\nAlias=alias.service\n"
	    "Also=b.service\n");
	put(f, "/usr/lib/systemd/system/b.service",
	    "[Service]\nExecStart=/b\n[Install]\nRequiredBy=graphical.target\n");
	assert_string_equal(enable_state(f->root, "a.service"), "disabled");

	assert_int_equal(enable_unit(&f->o, ENABLE, "a.service"), 0);
	assert_int_equal(enable_unit(&f->o, ENABLE, "a.service"), 0);
	assert_link(f, "/etc/systemd/system/multi-user.target.wants/a.service",
	    "/usr/lib/systemd/system/a.service");
	assert_link(f, "/etc/systemd/system/alias.service",
	    "/usr/lib/systemd/system/a.service");
	assert_link(f, "/etc/systemd/system/graphical.target.requires/b.service",
	    "/usr/lib/systemd/system/b.service");
	assert_string_equal(enable_state(f->root, "a.service"), "enabled");
	unit_enabled_in(f->arena, f->root, "multi-user.target", &names);
	assert_int_equal(names.n, 1);

	assert_int_equal(enable_unit(&f->o, DISABLE, "a.service"), 0);
	assert_link(f, "/etc/systemd/system/multi-user.target.wants/a.service", NULL);
	assert_link(f, "/etc/systemd/system/alias.service", NULL);
	assert_link(f, "/etc/systemd/system/graphical.target.requires/b.service", NULL);
	assert_string_equal(enable_state(f->root, "a.service"), "disabled");
	assert_int_equal(enable_unit(&f->o, ENABLE, "nothing.service"), 1);
	assert_null(enable_state(f->root, "nothing.service"));
}

static void
templates_are_enabled_by_instance(void **state)
{
	struct fixture *f = *state;

	put(f, "/usr/lib/systemd/system/t@.service",
	    "[Service]\nExecStart=/t %i\n[Install]\nWantedBy=multi-user.target\n"
	    "DefaultInstance=def\n");
	assert_int_equal(enable_unit(&f->o, ENABLE, "t@x.service"), 0);
	assert_int_equal(enable_unit(&f->o, ENABLE, "t@.service"), 0);
	assert_link(f, "/etc/systemd/system/multi-user.target.wants/t@x.service",
	    "/usr/lib/systemd/system/t@.service");
	assert_link(f, "/etc/systemd/system/multi-user.target.wants/t@def.service",
	    "/usr/lib/systemd/system/t@.service");
}

static void
masks_hide_a_unit(void **state)
{
	struct fixture *f = *state;
	struct unit_conf u;

	put(f, "/usr/lib/systemd/system/a.service", "[Service]\nExecStart=/a\n");
	assert_int_equal(enable_unit(&f->o, MASK, "a.service"), 0);
	assert_int_equal(load(f, "a.service", &u), UNIT_MASKED);
	assert_string_equal(enable_state(f->root, "a.service"), "masked");
	assert_int_equal(enable_unit(&f->o, ENABLE, "a.service"), 1);
	assert_int_equal(enable_unit(&f->o, UNMASK, "a.service"), 0);
	assert_int_equal(load(f, "a.service", &u), UNIT_LOADED);
	assert_string_equal(enable_state(f->root, "a.service"), "static");

	put(f, "/etc/systemd/system/b.service", "[Service]\nExecStart=/a\n");
	assert_int_equal(enable_unit(&f->o, MASK, "b.service"), 1);
}

static void
presets_decide(void **state)
{
	struct fixture *f = *state;

	put(f, "/usr/lib/systemd/system/a.service",
	    "[Service]\nExecStart=/a\n[Install]\nWantedBy=multi-user.target\n");
	assert_true(enable_preset_says(f->root, "a.service"));
	put(f, "/usr/lib/systemd/system-preset/99-default.preset", "# all\ndisable *\n");
	assert_false(enable_preset_says(f->root, "a.service"));
	put(f, "/usr/lib/systemd/system-preset/90-some.preset", "enable a.*\n");
	assert_true(enable_preset_says(f->root, "a.service"));
	f->o.preset_mode = "disable-only";
	assert_int_equal(enable_unit(&f->o, PRESET, "a.service"), 0);
	assert_string_equal(enable_state(f->root, "a.service"), "disabled");
	f->o.preset_mode = "enable-only";
	assert_int_equal(enable_unit(&f->o, PRESET, "a.service"), 0);
	assert_string_equal(enable_state(f->root, "a.service"), "enabled");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
		TEST(settings_of_a_service_are_read),
		TEST(mistakes_are_noted_and_left_out),
		TEST(a_unit_that_cannot_run_is_bad),
		TEST(the_administrators_file_wins_and_drop_ins_add),
		TEST(an_alias_is_the_unit_itself),
		TEST(what_is_not_a_file_is_not_read),
		TEST(an_init_script_is_a_unit),
		TEST(conditions_are_judged),
		TEST(enabling_makes_links_and_disabling_removes_them),
		TEST(templates_are_enabled_by_instance),
		TEST(masks_hide_a_unit),
		TEST(presets_decide),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
