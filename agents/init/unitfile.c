#include "agents/init/unitfile.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cc.h"

/* How a value is read; the table below says which directive is which. */
enum kind {
	K_STRING,
	K_WORDS,
	K_BOOL,
	K_SPAN,
	K_COUNT,
	K_OCTAL,
	K_SIGNAL,
	K_ENUM,
	K_COMMAND,
	K_ENV,
	K_ENV_FILE,
	K_CONDITION,
	K_NAMES,
	K_BOTH_TIMEOUTS,
	K_SILENT
};

struct directive {
	const char *section, *key;
	enum kind kind;
	size_t offset;
	int arg;		  /* K_COMMAND: which; K_CONDITION: 1 an assertion */
	const char *const *names; /* K_ENUM, in the order of the values */
};

static const char *const type_names[] = { "simple", "exec", "forking", "oneshot",
	"notify", "idle", NULL };
static const char *const restart_names[] = { "no", "always", "on-success", "on-failure",
	"on-abnormal", "on-abort", "on-watchdog", NULL };
static const char *const kill_names[] = { "control-group", "mixed", "process", "none",
	NULL };
static const char *const output_names[] = { "journal", "null", NULL };

#define AT(member) offsetof(struct unit_conf, member)
#define UNIT(key, kind, member)                        \
	{                                              \
		"Unit", key, kind, AT(member), 0, NULL \
	}
#define SERVICE(key, kind, member)                        \
	{                                                 \
		"Service", key, kind, AT(member), 0, NULL \
	}
#define CHOICE(key, member, names)                           \
	{                                                    \
		"Service", key, K_ENUM, AT(member), 0, names \
	}
#define COMMAND(key, which)                               \
	{                                                 \
		"Service", key, K_COMMAND, 0, which, NULL \
	}
#define INSTALL(key, kind, member)                        \
	{                                                 \
		"Install", key, kind, AT(member), 0, NULL \
	}
#define SILENT(section, key)                       \
	{                                          \
		section, key, K_SILENT, 0, 0, NULL \
	}

static const struct directive directives[] = {
	UNIT("Description", K_STRING, description),
	UNIT("Documentation", K_WORDS, documentation),
	UNIT("Wants", K_NAMES, wants),
	UNIT("Requires", K_NAMES, requires),
	UNIT("Requisite", K_NAMES, requires),
	UNIT("BindsTo", K_NAMES, binds_to),
	UNIT("PartOf", K_NAMES, part_of),
	UNIT("Conflicts", K_NAMES, conflicts),
	UNIT("After", K_NAMES, after),
	UNIT("Before", K_NAMES, before),
	UNIT("StartLimitIntervalSec", K_SPAN, start_limit_ms),
	UNIT("StartLimitBurst", K_COUNT, start_limit_burst),
	SERVICE("StartLimitInterval", K_SPAN, start_limit_ms),
	SERVICE("StartLimitBurst", K_COUNT, start_limit_burst),
	CHOICE("Type", type, type_names),
	COMMAND("ExecCondition", CMD_CONDITION),
	COMMAND("ExecStartPre", CMD_START_PRE),
	COMMAND("ExecStart", CMD_START),
	COMMAND("ExecStartPost", CMD_START_POST),
	COMMAND("ExecReload", CMD_RELOAD),
	COMMAND("ExecStop", CMD_STOP),
	COMMAND("ExecStopPost", CMD_STOP_POST),
	SERVICE("PIDFile", K_STRING, pid_file),
	SERVICE("User", K_STRING, user),
	SERVICE("Group", K_STRING, group),
	SERVICE("SupplementaryGroups", K_WORDS, supplementary_groups),
	SERVICE("WorkingDirectory", K_STRING, working_directory),
	SERVICE("NotifyAccess", K_STRING, notify_access),
	SERVICE("Environment", K_ENV, environment),
	SERVICE("EnvironmentFile", K_ENV_FILE, environment_files),
	SERVICE("PassEnvironment", K_WORDS, pass_environment),
	SERVICE("RuntimeDirectory", K_WORDS, runtime_dirs),
	SERVICE("StateDirectory", K_WORDS, state_dirs),
	SERVICE("LogsDirectory", K_WORDS, logs_dirs),
	SERVICE("CacheDirectory", K_WORDS, cache_dirs),
	SERVICE("ConfigurationDirectory", K_WORDS, configuration_dirs),
	SERVICE("RuntimeDirectoryMode", K_OCTAL, runtime_mode),
	SERVICE("StateDirectoryMode", K_OCTAL, state_mode),
	SERVICE("LogsDirectoryMode", K_OCTAL, logs_mode),
	SERVICE("UMask", K_OCTAL, umask),
	SERVICE("RemainAfterExit", K_BOOL, remain_after_exit),
	SERVICE("GuessMainPID", K_BOOL, guess_main_pid),
	SERVICE("SendSIGHUP", K_BOOL, send_sighup),
	CHOICE("Restart", restart, restart_names),
	SERVICE("RestartSec", K_SPAN, restart_ms),
	SERVICE("TimeoutStartSec", K_SPAN, start_timeout_ms),
	SERVICE("TimeoutStopSec", K_SPAN, stop_timeout_ms),
	{ "Service", "TimeoutSec", K_BOTH_TIMEOUTS, 0, 0, NULL },
	CHOICE("KillMode", kill_mode, kill_names),
	SERVICE("KillSignal", K_SIGNAL, kill_signal),
	SERVICE("SuccessExitStatus", K_WORDS, success_status),
	SERVICE("RestartPreventExitStatus", K_WORDS, prevent_status),
	SERVICE("RestartForceExitStatus", K_WORDS, force_status),
	CHOICE("StandardOutput", std_out, output_names),
	CHOICE("StandardError", std_err, output_names),
	INSTALL("WantedBy", K_NAMES, wanted_by),
	INSTALL("RequiredBy", K_NAMES, required_by),
	INSTALL("Alias", K_NAMES, alias),
	INSTALL("Also", K_NAMES, also),
	INSTALL("DefaultInstance", K_STRING, default_instance),
	/* True of every unit here, or without a meaning in a container. */
	SILENT("Unit", "DefaultDependencies"),
	SILENT("Unit", "RequiresMountsFor"),
	SILENT("Unit", "StopWhenUnneeded"),
	SILENT("Unit", "SourcePath"),
	SILENT("Service", "SyslogIdentifier"),
	SILENT("Service", "StandardInput"),
	SILENT("Service", "IgnoreSIGPIPE"),
};

typedef void unitfile_fn(void *arg, const char *section, const char *key, char *value);

struct line_state {
	const char *section;
	unsigned n_bad;
	unitfile_fn *fn;
	void *arg;
};

static char *
trim(char *s)
{
	char *end;

	while (isspace((unsigned char)*s))
		s++;
	end = s + strlen(s);
	while (end > s && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return s;
}

static void
one_line(struct line_state *l, char *text)
{
	char *s = trim(text), *eq;
	size_t n = strlen(s);

	if (*s == '\0' || *s == '#' || *s == ';')
		return;
	if (*s == '[') {
		l->section = n > 2 && s[n - 1] == ']' ? s + 1 : NULL;
		l->n_bad += l->section == NULL;
		if (l->section != NULL)
			s[n - 1] = '\0';
		return;
	}
	eq = strchr(s, '=');
	if (eq == NULL || eq == s || l->section == NULL) {
		l->n_bad++;
		return;
	}
	*eq = '\0';
	l->fn(l->arg, l->section, trim(s), trim(eq + 1));
}

/* Calls fn for each assignment; returns how many lines were malformed. */
static unsigned
read_lines(struct arena *a, const char *text, size_t len, unitfile_fn *fn, void *arg)
{
	struct line_state l = { .fn = fn, .arg = arg };
	struct buf *b = buf_new(a, UNITFILE_LINE_MAX);
	const char *end = text + len;

	while (text < end) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((nl != NULL ? nl : end) - text);
		const char *first = text;
		int more;

		while (first < text + n && isspace((unsigned char)*first))
			first++;
		more = n > 0 && text[n - 1] == '\\';
		if (first < text + n && (*first == '#' || *first == ';')) {
			/* A comment; between continued lines it goes and the line goes on. */
			more = b->len > 0;
		} else {
			buf_add(b, text, more ? n - 1 : n);
			if (more)
				buf_chr(b, ' ');
		}
		text += n + (nl != NULL);
		if (more && text < end)
			continue;
		if (buf_is_full(b) || memchr(buf_text(b), '\0', b->len) != NULL)
			l.n_bad++;
		else if (b->len > 0)
			one_line(&l, arena_strndup(a, buf_text(b), b->len));
		buf_reset(b);
	}
	return l.n_bad;
}

static void
note(struct unit_conf *u, const char *key, const char *what)
{
	if (u->notes.n >= UNIT_NOTES_MAX)
		return;
	for (size_t i = 0; i < u->notes.n; i++) {
		if (strcmp(u->notes.v[i], key) == 0)
			return;
	}
	words_add(u->arena, &u->notes,
	    *what != '\0' ? arena_printf(u->arena, "%s (%s)", key, what) :
			    arena_strdup(u->arena, key));
}

/* An empty value resets the list, as everywhere in unit files. */
static void
add_command(struct unit_conf *u, int which, const char *value)
{
	struct unit_command c = { .next = NULL }, **at = &u->commands[which];
	size_t n = 0;

	if (*value == '\0') {
		*at = NULL;
		return;
	}
	for (;; value++) {
		if (*value == '-')
			c.ignore_failure = 1;
		else if (*value == '@')
			c.own_argv0 = 1;
		else if (*value == ':')
			c.no_variables = 1;
		else if (*value == '+' || *value == '!')
			c.as_root = 1;
		else
			break;
	}
	if (words_split(u->arena, value, &c.argv) < 0 || c.argv.n == 0 ||
	    c.argv.n < 1u + c.own_argv0) {
		note(u, "Exec", "malformed command");
		return;
	}
	for (size_t i = 0; i < c.argv.n; i++) {
		c.argv.v[i] = words_specifiers(u->arena, c.argv.v[i], u->name);
		if (c.argv.v[i] == NULL) {
			note(u, "Exec", "unknown specifier");
			return;
		}
	}
	c.path = c.argv.v[0];
	if (c.own_argv0) {
		c.argv.v++;
		c.argv.n--;
	}
	for (; *at != NULL && n < UNIT_COMMANDS_MAX; n++)
		at = &(*at)->next;
	if (n == UNIT_COMMANDS_MAX) {
		note(u, "Exec", "too many commands");
		return;
	}
	*at = arena_alloc(u->arena, sizeof(c));
	**at = c;
}

/* A ';' word of its own divides commands. */
static void
add_commands(struct unit_conf *u, int which, char *value)
{
	char *semi;

	while ((semi = strstr(value, " ; ")) != NULL) {
		*semi = '\0';
		add_command(u, which, trim(value));
		value = trim(semi + 3);
	}
	add_command(u, which, value);
}

static void
add_condition(struct unit_conf *u, const char *kind, int assertion, const char *value)
{
	struct unit_condition *c, **at = &u->conditions;
	size_t n = 0;

	if (*value == '\0') {
		u->conditions = NULL;
		return;
	}
	for (; *at != NULL; n++)
		at = &(*at)->next;
	if (n >= UNIT_COMMANDS_MAX)
		return;
	c = arena_alloc(u->arena, sizeof(*c));
	c->kind = arena_strdup(u->arena, kind);
	c->assertion = assertion;
	for (; *value == '|' || *value == '!'; value++) {
		c->trigger |= *value == '|';
		c->negate |= *value == '!';
	}
	c->value = words_specifiers(u->arena, value, u->name);
	if (c->value == NULL)
		note(u, kind, "unknown specifier");
	else
		*at = c;
}

/* Lists of words, of names of units, of assignments; specifiers in each word. */
static void
add_words(struct unit_conf *u, const struct directive *d, struct words *w,
    const char *value)
{
	struct words more;

	if (*value == '\0') {
		w->n = 0;
		return;
	}
	if (words_split(u->arena, value, &more) < 0) {
		note(u, d->key, "malformed");
		return;
	}
	for (size_t i = 0; i < more.n; i++) {
		char *s = words_specifiers(u->arena, more.v[i], u->name);

		if (s == NULL || (d->kind == K_NAMES && !unit_name_is_valid(s)) ||
		    (d->kind == K_ENV && (strchr(s, '=') == NULL || *s == '=')))
			note(u, d->key, "malformed");
		else if (d->kind == K_ENV)
			words_set_env(u->arena, w, s);
		else
			words_add(u->arena, w, s);
	}
}

static int
set_number(const struct directive *d, void *at, const char *value)
{
	int64_t ms;
	char *end;
	long long v;
	int sig;

	switch (d->kind) {
	case K_BOOL:
		return bool_parse(value, at);
	case K_SPAN:
		if (!span_parse(value, &ms))
			return 0;
		*(int64_t *)at = ms;
		return 1;
	case K_SIGNAL:
		sig = signal_parse(value);
		if (sig > 0)
			*(int *)at = sig;
		return sig > 0;
	case K_COUNT:
	case K_OCTAL:
		v = strtoll(value, &end, d->kind == K_OCTAL ? 8 : 10);
		if (end == value || *end != '\0' || v < 0 ||
		    v > (d->kind == K_OCTAL ? 07777 : 1000000))
			return 0;
		*(int64_t *)at = v;
		return 1;
	case K_ENUM:
		for (int i = 0; d->names[i] != NULL; i++) {
			if (strcmp(d->names[i], value) == 0)
				return *(unsigned *)at = (unsigned)i, 1;
		}
		/* file:, append:, tty, inherit … all end in the unit's log here. */
		return d->names == output_names;
	case K_STRING:
	case K_WORDS:
	case K_COMMAND:
	case K_ENV:
	case K_ENV_FILE:
	case K_CONDITION:
	case K_NAMES:
	case K_BOTH_TIMEOUTS:
	case K_SILENT:
		break;
	}
	return 0;
}

static void
apply(struct unit_conf *u, const struct directive *d, char *value)
{
	void *at = (char *)u + d->offset;
	int64_t ms;
	char *s;

	switch (d->kind) {
	case K_SILENT:
		return;
	case K_STRING:
	case K_ENV_FILE:
		s = words_specifiers(u->arena, value, u->name);
		if (s == NULL)
			note(u, d->key, "unknown specifier");
		else if (d->kind == K_STRING)
			*(char **)at = *s != '\0' ? s : NULL;
		else if (*s == '\0')
			u->environment_files.n = 0;
		else
			words_add(u->arena, &u->environment_files, s);
		return;
	case K_WORDS:
	case K_NAMES:
	case K_ENV:
		add_words(u, d, at, value);
		return;
	case K_COMMAND:
		add_commands(u, d->arg, value);
		return;
	case K_BOTH_TIMEOUTS:
		if (!span_parse(value, &ms))
			note(u, d->key, "malformed");
		else
			u->start_timeout_ms = u->stop_timeout_ms = ms;
		return;
	case K_CONDITION:
	case K_BOOL:
	case K_SPAN:
	case K_COUNT:
	case K_OCTAL:
	case K_SIGNAL:
	case K_ENUM:
		if (*value != '\0' && !set_number(d, at, value))
			note(u, d->key, "malformed or not emulated");
		return;
	}
}

static void
assignment(void *arg, const char *section, const char *key, char *value)
{
	struct unit_conf *u = arg;

	for (size_t i = 0; i < COUNT(directives); i++) {
		if (strcmp(directives[i].section, section) == 0 &&
		    strcmp(directives[i].key, key) == 0) {
			apply(u, &directives[i], value);
			return;
		}
	}
	if (strcmp(section, "Unit") == 0 && strncmp(key, "Condition", 9) == 0)
		add_condition(u, key + 9, 0, value);
	else if (strcmp(section, "Unit") == 0 && strncmp(key, "Assert", 6) == 0)
		add_condition(u, key + 6, 1, value);
	else if (strncmp(section, "X-", 2) != 0 && strncmp(key, "X-", 2) != 0)
		note(u, key, "");
}

void
unit_conf_init(struct unit_conf *u, struct arena *a, const char *name)
{
	memset(u, 0, sizeof(*u));
	u->arena = a;
	snprintf(u->name, sizeof(u->name), "%s", name);
	u->guess_main_pid = 1;
	u->restart_ms = 100;
	u->start_timeout_ms = -2; /* not said: depends on the type */
	u->stop_timeout_ms = 90000;
	u->start_limit_ms = 10000;
	u->start_limit_burst = 5;
	u->kill_signal = SIGTERM;
	u->umask = 022;
	u->runtime_mode = u->state_mode = u->logs_mode = 0755;
	u->type = (enum unit_service_type) - 1;
}

void
unit_conf_apply(struct unit_conf *u, const char *text, size_t len)
{
	if (read_lines(u->arena, text, len, assignment, u) > 0)
		note(u, "(malformed lines)", "");
}

int
unit_conf_finish(struct unit_conf *u, const char **ret_why)
{
	/* 0 has meant "no limit" since there were time-outs. */
	if (u->start_timeout_ms == 0)
		u->start_timeout_ms = -1;
	if (u->stop_timeout_ms == 0)
		u->stop_timeout_ms = -1;
	if (u->description == NULL)
		u->description = u->name;
	if (u->start_timeout_ms == -2)
		u->start_timeout_ms = u->type == TYPE_ONESHOT ? -1 : 90000;
	if (strcmp(unit_name_type(u->name), "service") != 0)
		return 0;
	if (u->type == (enum unit_service_type) - 1)
		u->type = u->commands[CMD_START] != NULL ? TYPE_SIMPLE : TYPE_ONESHOT;
	if (u->commands[CMD_START] == NULL &&
	    (u->type != TYPE_ONESHOT || u->commands[CMD_STOP] == NULL) &&
	    !(u->type == TYPE_ONESHOT && u->remain_after_exit))
		return *ret_why = "it has no ExecStart", -1;
	if (u->type != TYPE_ONESHOT && u->commands[CMD_START] != NULL &&
	    u->commands[CMD_START]->next != NULL)
		return *ret_why = "more than one ExecStart, and it is not Type=oneshot",
		       -1;
	return 0;
}
