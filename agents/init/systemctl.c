#include "agents/init/systemctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/init/control.h"
#include "agents/init/fronts.h"
#include "agents/init/unitload.h"
#include "base/cc.h"

static int
do_job(struct systemctl *o, const struct systemctl_verb *v)
{
	return front_ask(v->name, o->no_block ? "n" : "", o->units.v, NULL, NULL);
}

static int
do_plain(struct systemctl *o, const struct systemctl_verb *v)
{
	return front_ask(v->name, "", o->words.v, NULL, NULL);
}

static int
do_kill(struct systemctl *o, const struct systemctl_verb *v UNUSED)
{
	struct words args = { NULL, 0 };

	words_add(o->arena, &args,
	    arena_strdup(o->arena, o->signal != NULL ? o->signal : "TERM"));
	words_add(o->arena, &args, arena_strdup(o->arena, o->all ? "all" : "main"));
	for (size_t i = 0; i < o->units.n; i++)
		words_add(o->arena, &args, o->units.v[i]);
	return front_ask("kill", "", args.v, NULL, NULL);
}

static int
do_is_enabled(struct systemctl *o, const struct systemctl_verb *v UNUSED)
{
	static const char *const good[] = { "enabled", "enabled-runtime", "static",
		"alias", "indirect", "generated" };
	int status = 1;

	for (size_t i = 0; i < o->units.n; i++) {
		const char *state = enable_state("", o->units.v[i]);

		if (state == NULL) {
			fprintf(stderr,
			    "Failed to get unit file state for %s: No such file or directory\n",
			    o->units.v[i]);
			continue;
		}
		if (!o->enable.quiet)
			puts(state);
		for (size_t k = 0; k < COUNT(good); k++) {
			if (strcmp(good[k], state) == 0)
				status = 0;
		}
	}
	return status;
}

static int
do_files(struct systemctl *o, const struct systemctl_verb *v)
{
	static const struct systemctl_verb start = { "start", do_job, 0, 1 },
					   stop = { "stop", do_job, 0, 1 };
	char *none[] = { NULL };
	int status = 0;

	for (size_t i = 0; i < o->units.n; i++)
		status |=
		    enable_unit(&o->enable, (enum enable_action)v->arg, o->units.v[i]);
	/* In a chroot, or an image that is being built, there is nobody to tell. */
	if (!o->no_reload && *o->enable.root == '\0' && access(CONTROL_SOCKET, W_OK) == 0)
		status |= front_ask("daemon-reload", "", none, NULL, NULL);
	if (status != 0 || !o->now)
		return status;
	return do_job(o, v->arg == ENABLE || v->arg == REENABLE ? &start : &stop);
}

static int
do_cat(struct systemctl *o, const struct systemctl_verb *v UNUSED)
{
	int status = 0;

	for (size_t i = 0; i < o->units.n; i++) {
		struct unit_conf u;
		const char *why = "";
		size_t len;
		char *text;

		if (unit_conf_load(o->arena, "", o->units.v[i], &u, &why) ==
			UNIT_NOT_FOUND ||
		    u.path == NULL) {
			fprintf(stderr, "No files found for %s.\n", o->units.v[i]);
			status = 1;
			continue;
		}
		words_add(o->arena, &u.dropins, u.path);
		for (size_t k = u.dropins.n; k > 0; k--) {
			/* The fragment was put last and comes first. */
			size_t at = k == u.dropins.n ? k - 1 : u.dropins.n - 1 - k;

			text = unit_read_file(o->arena, u.dropins.v[at], &len);
			printf("# %s\n%s\n", u.dropins.v[at], text != NULL ? text : "");
		}
	}
	return status;
}

static int
do_version(struct systemctl *o UNUSED, const struct systemctl_verb *v UNUSED)
{
	puts("systemd 252 (simfra-init)");
	return 0;
}

static int
do_default(struct systemctl *o UNUSED, const struct systemctl_verb *v)
{
	puts(v->arg == 'd' ? "multi-user.target" : "running");
	return 0;
}

static const struct systemctl_verb verbs[] = {
	{ "start", do_job, 0, 1 },
	{ "stop", do_job, 0, 1 },
	{ "restart", do_job, 0, 1 },
	{ "try-restart", do_job, 0, 1 },
	{ "reload", do_job, 0, 1 },
	{ "reload-or-restart", do_job, 0, 1 },
	{ "try-reload-or-restart", do_job, 0, 1 },
	{ "kill", do_kill, 0, 1 },
	{ "is-active", systemctl_is, 'a', 1 },
	{ "is-failed", systemctl_is, 'f', 1 },
	{ "is-enabled", do_is_enabled, 0, 1 },
	{ "enable", do_files, ENABLE, 1 },
	{ "disable", do_files, DISABLE, 1 },
	{ "reenable", do_files, REENABLE, 1 },
	{ "mask", do_files, MASK, 1 },
	{ "unmask", do_files, UNMASK, 1 },
	{ "preset", do_files, PRESET, 1 },
	{ "show", systemctl_show, 0, 0 },
	{ "status", systemctl_status, 0, 0 },
	{ "list-units", systemctl_list, 0, 0 },
	{ "cat", do_cat, 0, 1 },
	{ "daemon-reload", do_plain, 0, 0 },
	{ "daemon-reexec", do_version, 0, 0 },
	{ "reset-failed", do_job, 0, 0 },
	{ "show-environment", do_plain, 0, 0 },
	{ "set-environment", do_plain, 0, 1 },
	{ "unset-environment", do_plain, 0, 1 },
	{ "poweroff", do_plain, 0, 0 },
	{ "halt", do_plain, 0, 0 },
	{ "reboot", do_plain, 0, 0 },
	{ "get-default", do_default, 'd', 0 },
	{ "is-system-running", do_default, 'r', 0 },
	{ "--version", do_version, 0, 0 },
};

/* Options by name: what they set, and whether a value follows. */
enum option_kind {
	O_FLAG,
	O_IGNORED,
	O_FAILED,
	O_IGNORED_VALUE,
	O_ROOT,
	O_PROPERTY,
	O_SIGNAL,
	O_TYPE,
	O_LINES,
	O_WHO,
	O_PRESET,
	O_STATE
};

static const struct {
	const char *name;
	char letter;
	enum option_kind kind;
	size_t offset;
} option_table[] = {
#define FLAG(name, letter, member)                                       \
	{                                                                \
		name, letter, O_FLAG, offsetof(struct systemctl, member) \
	}
	FLAG("quiet", 'q', enable.quiet),
	FLAG("force", 'f', enable.force),
	FLAG("runtime", 0, enable.runtime),
	FLAG("now", 0, now),
	FLAG("value", 0, value),
	FLAG("no-legend", 0, no_legend),
	FLAG("no-block", 0, no_block),
	FLAG("all", 'a', all),
	FLAG("no-reload", 0, no_reload),
	{ "failed", 0, O_FAILED, 0 },
	{ "state", 0, O_STATE, 0 },
	{ "root", 0, O_ROOT, 0 },
	{ "property", 'p', O_PROPERTY, 0 },
	{ "signal", 's', O_SIGNAL, 0 },
	{ "type", 't', O_TYPE, 0 },
	{ "lines", 'n', O_LINES, 0 },
	{ "kill-who", 0, O_WHO, 0 },
	{ "kill-whom", 0, O_WHO, 0 },
	{ "preset-mode", 0, O_PRESET, 0 },
	{ "output", 'o', O_IGNORED_VALUE, 0 },
	{ "job-mode", 0, O_IGNORED_VALUE, 0 },
	{ "no-pager", 0, O_IGNORED, 0 },
	{ "full", 'l', O_IGNORED, 0 },
	{ "system", 0, O_IGNORED, 0 },
	{ "no-ask-password", 0, O_IGNORED, 0 },
	{ "no-wall", 0, O_IGNORED, 0 },
	{ "plain", 0, O_IGNORED, 0 },
	{ "no-warn", 0, O_IGNORED, 0 },
	{ "ignore-inhibitors", 'i', O_IGNORED, 0 },
	{ "show-types", 0, O_IGNORED, 0 },
};

static void
set_option(struct systemctl *o, size_t i, char *value)
{
	char *save = NULL;

	switch (option_table[i].kind) {
	case O_FLAG:
		*(int *)(void *)((char *)o + option_table[i].offset) = 1;
		break;
	case O_ROOT:
		o->enable.root = strcmp(value, "/") == 0 ? "" : value;
		break;
	case O_PROPERTY:
		for (char *p = strtok_r(value, ",", &save); p != NULL;
		     p = strtok_r(NULL, ",", &save))
			words_add(o->arena, &o->properties, p);
		break;
	case O_SIGNAL:
		o->signal = value;
		break;
	case O_TYPE:
		o->type = value;
		break;
	case O_LINES:
		o->lines = strtoul(value, NULL, 10);
		break;
	case O_WHO:
		o->all = strcmp(value, "main") != 0;
		break;
	case O_STATE:
		o->state = value;
		break;
	case O_FAILED:
		o->state = "failed";
		break;
	case O_PRESET:
		o->enable.preset_mode = value;
		break;
	case O_IGNORED:
	case O_IGNORED_VALUE:
		break;
	}
}

/* One word that begins with '-'; *i moves when its value is the next one.  -1: unknown. */
static int
option(struct systemctl *o, int argc, char **argv, int *i)
{
	char *s = argv[*i], *eq = strchr(s, '=');
	size_t len = s[1] == '-' ? strcspn(s + 2, "=") : 1;

	for (size_t k = 0; k < COUNT(option_table); k++) {
		int takes = option_table[k].kind > O_FAILED;
		char *value = s[1] == '-' ? (eq != NULL ? eq + 1 : NULL) :
		    s[2] != '\0'	  ? s + 2 :
					    NULL;

		if (s[1] == '-' ? strlen(option_table[k].name) != len ||
			    strncmp(option_table[k].name, s + 2, len) != 0 :
				  option_table[k].letter != s[1])
			continue;
		if (takes && value == NULL && *i + 1 < argc)
			value = argv[++*i];
		if (takes && value == NULL)
			return -1;
		set_option(o, k, value);
		if (takes || s[1] == '-' || s[2] == '\0')
			return 0;
		/* Letters together: -qf. */
		s[1] = '-';
		argv[*i] = s + 1;
		return option(o, argc, argv, i);
	}
	fprintf(stderr, "systemctl: option %s is not emulated\n", s);
	return -1;
}

static int
add_unit(struct systemctl *o, char *word)
{
	const char *base = strrchr(word, '/');
	char *name;

	words_add(o->arena, &o->words, word);
	/* "enable /path/to/unit.service": the unit of that name. */
	name = unit_name_complete(o->arena, base != NULL ? base + 1 : word);
	if (name == NULL)
		return -1;
	words_add(o->arena, &o->units, name);
	return 0;
}

int
systemctl_main(int argc, char **argv)
{
	struct systemctl o = { .arena = arena_new(),
		.enable = { .root = "" },
		.all = 0,
		.lines = 10 };
	const struct systemctl_verb *v = NULL;
	const char *bad = NULL, *verb = NULL;
	int raw = 0;

	o.units.v = o.words.v = arena_calloc(o.arena, 1, sizeof(char *));
	for (int i = 1; i < argc; i++) {
		if (!raw && strcmp(argv[i], "--") == 0)
			raw = 1;
		else if (!raw && strcmp(argv[i], "--version") == 0)
			verb = argv[i];
		else if (!raw && argv[i][0] == '-' && argv[i][1] != '\0') {
			if (option(&o, argc, argv, &i) < 0)
				return 1;
		} else if (verb == NULL)
			verb = argv[i];
		else if (add_unit(&o, argv[i]) < 0)
			bad = argv[i];
	}
	if (verb == NULL)
		verb = "list-units";
	for (size_t i = 0; i < COUNT(verbs); i++) {
		if (strcmp(verbs[i].name, verb) == 0)
			v = &verbs[i];
	}
	if (v == NULL) {
		fprintf(stderr, "Unknown command verb %s (or not emulated).\n", verb);
		return 1;
	}
	if (bad != NULL && v->run != do_plain && v->run != systemctl_list) {
		fprintf(stderr, "Failed to %s %s: Unit name is not valid.\n", verb, bad);
		return 1;
	}
	if (o.words.n < (size_t)v->min_units) {
		fprintf(stderr, "Too few arguments.\n");
		return 1;
	}
	if (v->run == do_kill && o.signal == NULL)
		o.all = 1;
	return v->run(&o, v);
}
