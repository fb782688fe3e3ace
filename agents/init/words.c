#include "agents/init/words.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cc.h"

void
words_add(struct arena *a, struct words *w, char *word)
{
	char **v;

	if (w->n >= WORDS_MAX)
		return;
	/* Room for a power of two and the NULL; grows when it is used up. */
	if ((w->n & (w->n - 1)) == 0) {
		v = arena_calloc(a, w->n < 4 ? 8 : 2 * w->n + 1, sizeof(*v));
		if (w->n > 0)
			memcpy(v, w->v, w->n * sizeof(*v));
		w->v = v;
	}
	w->v[w->n++] = word;
	w->v[w->n] = NULL;
}

static size_t
find_env(const struct words *w, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < w->n; i++) {
		if (strncmp(w->v[i], name, len) == 0 && w->v[i][len] == '=')
			break;
	}
	return i;
}

void
words_set_env(struct arena *a, struct words *w, char *assignment)
{
	size_t i = find_env(w, assignment, strcspn(assignment, "="));

	if (i < w->n)
		w->v[i] = assignment;
	else
		words_add(a, w, assignment);
}

void
words_unset_env(struct words *w, const char *name)
{
	size_t i = find_env(w, name, strlen(name));

	if (i < w->n)
		w->v[i] = w->v[--w->n];
	if (w->v != NULL)
		w->v[w->n] = NULL;
}

const char *
words_env(const struct words *env, const char *name)
{
	size_t i = find_env(env, name, strlen(name));

	return i < env->n ? env->v[i] + strlen(name) + 1 : NULL;
}

/* The number of an escape like \x41 or \101: how many digits were used, 0 if bad. */
static size_t
escape_number(const char *s, int base, size_t digits, char *ret)
{
	char text[5] = "";
	char *end;
	long v;

	memcpy(text, s, strnlen(s, digits));
	v = strtol(text, &end, base);
	if ((size_t)(end - text) != digits || v <= 0 || v > 255)
		return 0;
	*ret = (char)v;
	return digits;
}

/* s is behind the backslash; returns how many bytes it took, 0 if bad. */
static size_t
unescape(const char *s, struct buf *b)
{
	static const char from[] = "abfnrtv\\\"'s", to[] = "\a\b\f\n\r\t\v\\\"' ";
	const char *e = *s != '\0' ? strchr(from, *s) : NULL;
	size_t n;
	char c;

	if (e != NULL) {
		buf_chr(b, to[e - from]);
		return 1;
	}
	if (*s == 'x')
		n = escape_number(s + 1, 16, 2, &c) + 1;
	else
		n = escape_number(s, 8, 3, &c);
	if (n < 3)
		return 0;
	buf_chr(b, c);
	return n;
}

static int
one_word(const char **ps, struct buf *b)
{
	const char *s = *ps;
	char quote = '\0';

	for (; *s != '\0'; s++) {
		if (*s == '\\') {
			size_t n = unescape(s + 1, b);

			if (n == 0)
				return -1;
			s += n;
		} else if (quote != '\0' && *s == quote) {
			quote = '\0';
		} else if (quote == '\0' && (*s == '"' || *s == '\'')) {
			quote = *s;
		} else if (quote == '\0' && isspace((unsigned char)*s)) {
			break;
		} else {
			buf_chr(b, *s);
		}
	}
	*ps = s;
	return quote == '\0' && !buf_is_full(b) ? 0 : -1;
}

int
words_split(struct arena *a, const char *s, struct words *ret)
{
	struct words w = { NULL, 0 };
	struct buf *b = buf_new(a, WORD_TEXT_MAX);

	for (;;) {
		while (isspace((unsigned char)*s))
			s++;
		if (*s == '\0')
			break;
		buf_reset(b);
		if (w.n >= WORDS_MAX - 1 || one_word(&s, b) < 0)
			return -1;
		words_add(a, &w, arena_strndup(a, buf_text(b), b->len));
	}
	if (w.v == NULL)
		w.v = arena_calloc(a, 1, sizeof(*w.v));
	*ret = w;
	return 0;
}

/* "%I": '-' is '/', and \xNN is a byte. */
static void
add_unescaped(struct buf *b, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char c;

		if (s[i] == '-') {
			buf_chr(b, '/');
		} else if (s[i] == '\\' && n - i > 3 && s[i + 1] == 'x' &&
		    escape_number(s + i + 2, 16, 2, &c) == 2) {
			buf_chr(b, c);
			i += 3;
		} else {
			buf_chr(b, s[i]);
		}
	}
}

static void
add_machine_fact(struct buf *b, char c)
{
	const char *path =
	    c == 'm' ? "/etc/machine-id" : "/proc/sys/kernel/random/boot_id";
	struct utsname u;
	char text[64];
	FILE *f;

	if (c == 'v' || c == 'H') {
		if (uname(&u) == 0)
			buf_str(b, c == 'v' ? u.release : u.nodename);
		return;
	}
	f = fopen(path, "re");
	if (f != NULL && fgets(text, sizeof(text), f) != NULL) {
		for (const char *p = text; *p != '\0' && *p != '\n'; p++) {
			if (*p != '-')
				buf_chr(b, *p);
		}
	}
	if (f != NULL)
		fclose(f);
}

static const struct {
	char letter;
	const char *text;
} fixed_specifiers[] = {
	{ '%', "%" },
	{ 't', "/run" },
	{ 'S', "/var/lib" },
	{ 'C', "/var/cache" },
	{ 'L', "/var/log" },
	{ 'E', "/etc" },
	{ 'T', "/tmp" },
	{ 'V', "/var/tmp" },
	{ 'h', "/root" },
	{ 'u', "root" },
	{ 'g', "root" },
	{ 'U', "0" },
	{ 'G', "0" },
	{ 's', "/bin/sh" },
	{ 'd', "" },
};

static int
specifier(struct buf *b, char c, const char *unit)
{
	const char *dot = strrchr(unit, '.'), *at = strchr(unit, '@');
	const char *end = dot != NULL ? dot : unit + strlen(unit);
	const char *prefix_end = at != NULL && at < end ? at : end;

	for (size_t i = 0; i < COUNT(fixed_specifiers); i++) {
		if (fixed_specifiers[i].letter == c) {
			buf_str(b, fixed_specifiers[i].text);
			return 1;
		}
	}
	if (c == '\0')
		return 0;
	if (c == 'n' || c == 'N')
		buf_add(b, unit, c == 'n' ? strlen(unit) : (size_t)(end - unit));
	else if (c == 'p' || (c == 'j' && at == NULL))
		buf_add(b, unit, (size_t)(prefix_end - unit));
	else if (c == 'P' || c == 'f')
		add_unescaped(b, unit, (size_t)(prefix_end - unit));
	else if (c == 'i' && prefix_end == at)
		buf_add(b, at + 1, (size_t)(end - at - 1));
	else if (c == 'I' && prefix_end == at)
		add_unescaped(b, at + 1, (size_t)(end - at - 1));
	else if (strchr("mbvH", c) != NULL)
		add_machine_fact(b, c);
	else
		return c == 'i' || c == 'I';
	return 1;
}

char *
words_specifiers(struct arena *a, const char *s, const char *unit)
{
	struct buf *b = buf_new(a, WORD_TEXT_MAX);

	for (; *s != '\0'; s++) {
		if (*s != '%')
			buf_chr(b, *s);
		else if (!specifier(b, *++s, unit))
			return NULL;
	}
	return buf_is_full(b) ? NULL : arena_strndup(a, buf_text(b), b->len);
}

static size_t
name_len(const char *s)
{
	size_t n = 0;

	while (isalnum((unsigned char)s[n]) || s[n] == '_')
		n++;
	return n;
}

static char *
expand_braces(struct arena *a, const char *s, const struct words *env)
{
	struct buf *b = buf_new(a, WORD_TEXT_MAX);

	while (*s != '\0') {
		size_t n = s[0] == '$' && s[1] == '{' ? name_len(s + 2) : 0;

		if (n > 0 && s[2 + n] == '}') {
			const char *v = words_env(env, arena_strndup(a, s + 2, n));

			buf_str(b, v != NULL ? v : "");
			s += n + 3;
		} else {
			s += s[0] == '$' && s[1] == '$';
			buf_chr(b, *s++);
		}
	}
	return arena_strndup(a, buf_text(b), b->len);
}

void
words_expand(struct arena *a, const struct words *argv, const struct words *env,
    struct words *ret)
{
	struct words out = { NULL, 0 }, many;

	for (size_t i = 0; i < argv->n; i++) {
		char *w = argv->v[i];
		size_t n = w[0] == '$' ? name_len(w + 1) : 0;
		const char *v;

		if (n == 0 || w[1 + n] != '\0') {
			words_add(a, &out, expand_braces(a, w, env));
			continue;
		}
		v = words_env(env, w + 1);
		if (v == NULL || words_split(a, v, &many) < 0)
			continue;
		for (size_t k = 0; k < many.n; k++)
			words_add(a, &out, many.v[k]);
	}
	if (out.v == NULL)
		out.v = arena_calloc(a, 1, sizeof(*out.v));
	*ret = out;
}

static const struct {
	const char *name;
	int64_t us;
} time_units[] = {
	{ "", 1000000 },
	{ "us", 1 },
	{ "usec", 1 },
	{ "ms", 1000 },
	{ "msec", 1000 },
	{ "s", 1000000 },
	{ "sec", 1000000 },
	{ "second", 1000000 },
	{ "seconds", 1000000 },
	{ "m", 60000000LL },
	{ "min", 60000000LL },
	{ "minute", 60000000LL },
	{ "minutes", 60000000LL },
	{ "h", 3600000000LL },
	{ "hr", 3600000000LL },
	{ "hour", 3600000000LL },
	{ "hours", 3600000000LL },
	{ "d", 86400000000LL },
	{ "day", 86400000000LL },
	{ "days", 86400000000LL },
	{ "w", 604800000000LL },
	{ "week", 604800000000LL },
	{ "weeks", 604800000000LL },
};

int
span_parse(const char *s, int64_t *ret_ms)
{
	double total = 0;
	int n = 0;

	if (strcmp(s, "infinity") == 0)
		return *ret_ms = -1, 1;
	for (;; n++) {
		double v = 0, scale = 1;
		size_t digits = 0, len, i;

		while (isspace((unsigned char)*s))
			s++;
		if (*s == '\0' || n > 8)
			break;
		for (; isdigit((unsigned char)*s); s++, digits++)
			v = v * 10 + (*s - '0');
		if (*s == '.')
			for (s++; isdigit((unsigned char)*s); s++, digits++)
				v += (*s - '0') * (scale /= 10);
		while (*s == ' ')
			s++;
		for (len = 0; isalpha((unsigned char)s[len]); len++)
			continue;
		for (i = 0; i < COUNT(time_units); i++) {
			if (strlen(time_units[i].name) == len &&
			    strncmp(time_units[i].name, s, len) == 0)
				break;
		}
		if (digits == 0 || i == COUNT(time_units))
			return 0;
		total += v * (double)time_units[i].us;
		s += len;
	}
	if (n == 0 || n > 8 || *s != '\0')
		return 0;
	*ret_ms = total > 1e15 ? -1 : (int64_t)(total / 1000);
	return 1;
}

int
bool_parse(const char *s, int *ret)
{
	static const char *const words[] = { "0", "1", "no", "yes", "false", "true",
		"off", "on", "n", "y", "f", "t" };

	for (size_t i = 0; i < COUNT(words); i++) {
		if (strcasecmp(s, words[i]) == 0)
			return *ret = (int)(i & 1), 1;
	}
	return 0;
}

/* As everybody else in the container counts, whatever our own C library says. */
enum { FIRST_REALTIME = 34 };

static const struct {
	const char *name;
	int sig;
} signals[] = {
	{ "HUP", SIGHUP },
	{ "INT", SIGINT },
	{ "QUIT", SIGQUIT },
	{ "ILL", SIGILL },
	{ "TRAP", SIGTRAP },
	{ "ABRT", SIGABRT },
	{ "BUS", SIGBUS },
	{ "FPE", SIGFPE },
	{ "KILL", SIGKILL },
	{ "USR1", SIGUSR1 },
	{ "SEGV", SIGSEGV },
	{ "USR2", SIGUSR2 },
	{ "PIPE", SIGPIPE },
	{ "ALRM", SIGALRM },
	{ "TERM", SIGTERM },
	{ "CHLD", SIGCHLD },
	{ "CONT", SIGCONT },
	{ "STOP", SIGSTOP },
	{ "TSTP", SIGTSTP },
	{ "TTIN", SIGTTIN },
	{ "TTOU", SIGTTOU },
	{ "URG", SIGURG },
	{ "XCPU", SIGXCPU },
	{ "XFSZ", SIGXFSZ },
	{ "VTALRM", SIGVTALRM },
	{ "PROF", SIGPROF },
	{ "WINCH", SIGWINCH },
	{ "IO", SIGIO },
	{ "PWR", SIGPWR },
	{ "SYS", SIGSYS },
};

int
signal_parse(const char *s)
{
	char *end;
	long v;

	if (strncmp(s, "SIG", 3) == 0)
		s += 3;
	if (strncmp(s, "RTMIN+", 6) == 0) {
		v = strtol(s + 6, &end, 10);
		return end != s + 6 && *end == '\0' && v >= 0 && v < 30 ?
		    FIRST_REALTIME + (int)v :
		    0;
	}
	v = strtol(s, &end, 10);
	if (end != s)
		return *end == '\0' && v > 0 && v <= 64 ? (int)v : 0;
	for (size_t i = 0; i < COUNT(signals); i++) {
		if (strcmp(s, signals[i].name) == 0)
			return signals[i].sig;
	}
	return 0;
}

const char *
signal_name(int sig, char *buf, size_t size)
{
	for (size_t i = 0; i < COUNT(signals); i++) {
		if (signals[i].sig == sig)
			return signals[i].name;
	}
	snprintf(buf, size, "%d", sig);
	return buf;
}

int
unit_name_is_valid(const char *s)
{
	static const char *const types[] = { "service", "target", "socket", "timer",
		"path", "mount", "automount", "swap", "slice", "scope", "device" };
	size_t len = strlen(s);
	const char *dot = strrchr(s, '.');

	if (len >= UNIT_NAME_MAX || dot == NULL || dot == s || s[0] == '@' || s[0] == '.')
		return 0;
	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)s[i]) && strchr(":-_.\\@", s[i]) == NULL)
			return 0;
	}
	for (size_t i = 0; i < COUNT(types); i++) {
		if (strcmp(dot + 1, types[i]) == 0)
			return 1;
	}
	return 0;
}

const char *
unit_name_instance(const char *s, size_t *ret_len)
{
	const char *at = strchr(s, '@'), *dot = strrchr(s, '.');

	if (at == NULL || dot == NULL || dot < at)
		return NULL;
	*ret_len = (size_t)(dot - at - 1);
	return at + 1;
}

char *
unit_name_template(struct arena *a, const char *s)
{
	size_t len;
	const char *i = unit_name_instance(s, &len);

	return i != NULL ? arena_printf(a, "%.*s%s", (int)(i - s), s, i + len) : NULL;
}

const char *
unit_name_type(const char *s)
{
	const char *dot = strrchr(s, '.');

	return dot != NULL ? dot + 1 : "";
}
