#include "agents/init/fronts.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "agents/init/control.h"
#include "agents/init/userdata.h"
#include "base/cc.h"

enum { LINES_ALL = 100000 };

static int
dial(void)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX, .sun_path = CONTROL_SOCKET };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0)
		return fd;
	fprintf(stderr, "Failed to connect to PID 1: %s\n", strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static int
send_request(int fd, const char *verb, const char *flags, char *const *args)
{
	char text[CONTROL_REQUEST_MAX];
	size_t n = 0;
	const char *const head[] = { verb, flags };

	for (size_t i = 0; i < COUNT(head) || args[i - COUNT(head)] != NULL; i++) {
		const char *s = i < COUNT(head) ? head[i] : args[i - COUNT(head)];
		size_t len = strlen(s) + 1;

		if (i >= CONTROL_ARGS_MAX - 1 || len > sizeof(text) - n) {
			fprintf(stderr, "Too many arguments.\n");
			return -1;
		}
		memcpy(text + n, s, len);
		n += len;
	}
	return send(fd, text, n, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

int
front_ask(const char *verb, const char *flags, char *const *args,
    void (*take)(void *arg, const char *text), void *arg)
{
	char text[CONTROL_REPLY_MAX + 1];
	int fd = dial(), status = 1;
	ssize_t n;

	if (fd < 0)
		return 1;
	if (send_request(fd, verb, flags, args) < 0) {
		close(fd);
		return 1;
	}
	while (
	    (n = recv(fd, text, sizeof(text) - 1, 0)) > 0 || (n < 0 && errno == EINTR)) {
		if (n < 0)
			continue;
		text[n] = '\0';
		if (text[0] == 'x') {
			status = (int)strtol(text + 1, NULL, 10);
			break;
		}
		if (text[0] == '1' && take != NULL)
			take(arg, text + 1);
		else
			fputs(text + 1, text[0] == '2' ? stderr : stdout);
	}
	close(fd);
	fflush(stdout);
	return status;
}

static char *
slurp(const char *path, size_t *ret_len)
{
	FILE *f = fopen(path, "re");
	char *text = malloc(UNIT_LOG_MAX + 8192);

	*ret_len = f != NULL && text != NULL ? fread(text, 1, UNIT_LOG_MAX + 8191, f) : 0;
	if (f != NULL)
		fclose(f);
	return text;
}

/* Where the last n lines begin. */
static size_t
tail_of(const char *text, size_t len, size_t *lines)
{
	size_t i = len;

	while (i > 0 && *lines > 0) {
		i--;
		while (i > 0 && text[i - 1] != '\n')
			i--;
		(*lines)--;
	}
	return i;
}

void
front_log_tail(const char *unit, size_t lines)
{
	char path[UNIT_NAME_MAX + 64];
	size_t len, old_len, at, old_at;
	char *text, *old;

	snprintf(path, sizeof(path), "/var/log/simfra/%s.log", unit);
	text = slurp(path, &len);
	snprintf(path, sizeof(path), "/var/log/simfra/%s.log.1", unit);
	old = slurp(path, &old_len);
	at = tail_of(text, len, &lines);
	old_at = tail_of(old, old_len, &lines);
	fwrite(old + old_at, 1, old_len - old_at, stdout);
	fwrite(text + at, 1, len - at, stdout);
	free(old);
	free(text);
}

static const struct option journal_options[] = {
	{ "unit", required_argument, NULL, 'u' },
	{ "lines", required_argument, NULL, 'n' },
	{ "no-pager", no_argument, NULL, 'q' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "catalog", no_argument, NULL, 'x' },
	{ "pager-end", no_argument, NULL, 'e' },
	{ "boot", no_argument, NULL, 'b' },
	{ "update-catalog", no_argument, NULL, 'U' },
	{ "flush", no_argument, NULL, 'U' },
	{ "sync", no_argument, NULL, 'U' },
	{ NULL, 0, NULL, 0 },
};

/* -u UNIT, -n LINES; -x -e -b -q say nothing here; the rest is refused by getopt. */
int
journalctl_main(int argc, char **argv)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct words units = { NULL, 0 };
	size_t lines = LINES_ALL;
	int c;

	while ((c = getopt_long(argc, argv, "u:n:xebq", journal_options, NULL)) != -1) {
		if (c == '?')
			return 1;
		if (c == 'U')
			return 0; /* There is no catalog, and nothing is kept back. */
		if (c == 'n')
			lines = strtoul(optarg, NULL, 10);
		if (c == 'u' && unit_name_complete(a, optarg) != NULL)
			words_add(a, &units, unit_name_complete(a, optarg));
	}
	if (units.n == 0) {
		fprintf(stderr,
		    "journalctl: there are logs by unit only: journalctl -u UNIT\n");
		return 1;
	}
	for (size_t i = 0; i < units.n; i++)
		front_log_tail(units.v[i], lines);
	return 0;
}

/* `cloud-init status [--wait]`: what scripts wait for user data by. */
int
cloud_init_main(int argc, char **argv)
{
	static const char done[] = USERDATA_LINK "/boot-finished";
	int fd = inotify_init1(IN_CLOEXEC), wait = 0;
	char event[4096], state[64] = "";
	struct stat st;
	FILE *f;

	if (argc < 2 || strcmp(argv[1], "status") != 0) {
		fprintf(stderr,
		    "cloud-init: only `cloud-init status [--wait]` is emulated\n");
		return 2;
	}
	for (int i = 2; i < argc; i++)
		wait |= strcmp(argv[i], "--wait") == 0 || strcmp(argv[i], "-w") == 0;
	if (wait)
		inotify_add_watch(fd, USERDATA_LINK, IN_CREATE | IN_MOVED_TO);
	while (stat(done, &st) < 0 && wait && fd >= 0) {
		if (read(fd, event, sizeof(event)) <= 0)
			break;
	}
	f = fopen(USERDATA_LINK "/status", "re");
	if (f != NULL && fgets(state, sizeof(state), f) == NULL)
		state[0] = '\0';
	if (f != NULL)
		fclose(f);
	state[strcspn(state, "\n")] = '\0';
	if (stat(done, &st) < 0)
		snprintf(state, sizeof(state), "running");
	printf("status: %s\n",
	    strcmp(state, "failed") == 0      ? "error" :
		strcmp(state, "running") == 0 ? state :
						"done");
	return strcmp(state, "failed") == 0;
}

int
poweroff_main(int argc, char **argv)
{
	const char *name =
	    strrchr(argv[0], '/') != NULL ? strrchr(argv[0], '/') + 1 : argv[0];
	char *none[] = { NULL };

	for (int i = 1; i < argc; i++) {
		/* -f, -n, -w, --no-wall …: there is one way to go down here, and it is a clean one. */
		if (argv[i][0] != '-' || strcmp(argv[i], "--help") == 0) {
			fprintf(stderr, "usage: %s\n", name);
			return 1;
		}
	}
	return front_ask(name, "", none, NULL, NULL);
}

int
telinit_main(int argc, char **argv)
{
	const char *level = argc == 2 ? argv[1] : "";
	char *none[] = { NULL };

	if (strcmp(level, "0") == 0)
		return front_ask("poweroff", "", none, NULL, NULL);
	if (strcmp(level, "6") == 0)
		return front_ask("reboot", "", none, NULL, NULL);
	if (strcasecmp(level, "q") == 0)
		return front_ask("daemon-reload", "", none, NULL, NULL);
	fprintf(stderr, "%s: only 0 (power off), 6 (reboot) and q are emulated\n",
	    argv[0]);
	return 1;
}

/* There is one level to be in. */
int
runlevel_main(int argc UNUSED, char **argv UNUSED)
{
	puts("N 5");
	return 0;
}

/* "now", "+5", "hh:mm" is not emulated; without a time, in a minute. */
int
shutdown_main(int argc, char **argv)
{
	const char *verb = "poweroff", *when = NULL;
	char delay[32], *args[] = { delay, NULL }, *end;
	long minutes = 1;

	for (int i = 1; i < argc; i++) {
		if (argv[i][0] == '-') {
			if (strcmp(argv[i], "-r") == 0 ||
			    strcmp(argv[i], "--reboot") == 0)
				verb = "reboot";
			if (strcmp(argv[i], "-c") == 0)
				verb = "cancel-shutdown";
		} else if (when == NULL) {
			when = argv[i]; /* What follows is the message to the users. */
		}
	}
	if (when != NULL && strcmp(when, "now") == 0) {
		minutes = 0;
	} else if (when != NULL) {
		minutes = strtol(when, &end, 10);
		if (end == when || *end != '\0' || minutes < 0 || minutes > 1440) {
			fprintf(stderr,
			    "shutdown: the time %s is not emulated; say now, or +MINUTES\n",
			    when);
			return 1;
		}
	}
	snprintf(delay, sizeof(delay), "%ld", minutes * 60000);
	return front_ask(verb, "", args, NULL, NULL);
}
