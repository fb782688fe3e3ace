#include "agents/init/console.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { CONSOLE_KEEP = 64 * 1024, LINE_MAX_BYTES = 4096 };

void
console_init(struct console *c, int fd)
{
	memset(c, 0, sizeof(*c));
	c->fd = fd;
	buf_init(&c->out, CONSOLE_KEEP);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

void
console_flush(struct console *c)
{
	while (c->out.len > 0) {
		ssize_t n = write(c->fd, c->out.data, c->out.len);

		if (n <= 0) {
			if (n < 0 && errno != EAGAIN && errno != EINTR)
				buf_reset(&c->out); /* Nobody will ever read it. */
			return;
		}
		memmove(c->out.data, c->out.data + n, c->out.len - (size_t)n);
		c->out.len -= (size_t)n;
	}
}

/* Whole or not at all. */
static void
say(struct console *c, const char *name, const char *text, size_t n)
{
	char note[64];
	size_t k = 0;

	if (c->n_dropped > 0)
		k = (size_t)snprintf(note, sizeof(note), "[%lu lines were not shown]\n",
		    c->n_dropped);
	if (c->out.len + k + strlen(name) + n + 3 > CONSOLE_KEEP) {
		c->n_dropped++;
		return;
	}
	buf_add(&c->out, note, k);
	c->n_dropped = 0;
	if (name[0] != '\0') {
		buf_str(&c->out, name);
		buf_str(&c->out, ": ");
	}
	buf_add(&c->out, text, n);
	buf_chr(&c->out, '\n');
	console_flush(c);
}

void
console_line(struct console *c, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	say(c, "", text, strlen(text));
}

static int
open_file(struct stream *s)
{
	struct stat st;

	s->file = open(s->path,
	    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW, 0640);
	if (s->file >= 0 && (fstat(s->file, &st) < 0 || !S_ISREG(st.st_mode))) {
		close(s->file);
		s->file = -1;
	}
	s->size = s->file >= 0 ? st.st_size : 0;
	return s->file;
}

int
stream_open(struct stream *s, struct console *c, enum stream_style style,
    const char *name, const char *path, off_t max)
{
	int p[2];

	memset(s, 0, sizeof(*s));
	s->console = c;
	s->style = style;
	s->max = max;
	s->r = s->w = s->file = -1;
	snprintf(s->name, sizeof(s->name), "%s", name);
	snprintf(s->path, sizeof(s->path), "%s", path);
	if (pipe2(p, O_CLOEXEC) < 0)
		return -1;
	s->r = p[0];
	s->w = p[1];
	fcntl(s->r, F_SETFL, O_NONBLOCK);
	buf_init(&s->line, LINE_MAX_BYTES);
	open_file(s); /* Without a file there is still the console. */
	return 0;
}

void
stream_close(struct stream *s)
{
	int *fds[] = { &s->r, &s->w, &s->file };

	for (size_t i = 0; i < COUNT(fds); i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
	buf_done(&s->line);
}

static void
to_file(struct stream *s, const char *p, size_t n)
{
	char old[sizeof(s->path) + 4];

	if (s->file >= 0 && s->size + (off_t)n > s->max) {
		if (s->style == STREAM_RAW)
			return;
		snprintf(old, sizeof(old), "%s.1", s->path);
		rename(s->path, old);
		close(s->file);
		open_file(s);
	}
	if (s->file >= 0 && write(s->file, p, n) > 0)
		s->size += (off_t)n;
}

static void
end_line(struct stream *s)
{
	char head[256], when[32], host[65] = "";
	time_t now = time(NULL);
	struct tm tm;

	if (s->style == STREAM_JOURNAL) {
		gethostname(host, sizeof(host) - 1);
		localtime_r(&now, &tm);
		strftime(when, sizeof(when), "%b %d %H:%M:%S", &tm);
		snprintf(head, sizeof(head), "%s %s %s: ", when, host, s->name);
		to_file(s, head, strlen(head));
		to_file(s, buf_text(&s->line), s->line.len);
		to_file(s, "\n", 1);
	}
	say(s->console, s->style == STREAM_JOURNAL ? s->name : "", buf_text(&s->line),
	    s->line.len);
	buf_reset(&s->line);
}

static void
take(struct stream *s, const char *p, size_t n)
{
	if (s->style == STREAM_RAW)
		to_file(s, p, n);
	for (const char *end = p + n; p < end; p++) {
		if (*p == '\n') {
			end_line(s);
			continue;
		}
		buf_chr(&s->line, *p);
		if (s->line.len >= LINE_MAX_BYTES - 1)
			end_line(s);
	}
}

int
stream_read(struct stream *s)
{
	char p[8192];

	for (int i = 0; i < 8; i++) {
		ssize_t n = read(s->r, p, sizeof(p));

		if (n <= 0)
			return n < 0 && errno == EINTR;
		take(s, p, (size_t)n);
	}
	return 1;
}

void
stream_line(struct stream *s, const char *fmt, ...)
{
	char text[1024];
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text) - 1, fmt, ap);
	va_end(ap);
	n = strlen(text);
	if (s->line.len > 0)
		take(s, "\n", 1);
	text[n++] = '\n';
	take(s, text, n);
}
