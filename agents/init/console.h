/*
 * What a machine says: its console (our stdout, `GetConsoleOutput`) and its log files.
 *
 * PID 1 must not stop because nobody reads: the console is written without
 * blocking, kept for a while when it is full, then lines are dropped and
 * counted.  A stream is the pipe that programs write to; its bytes go to a
 * file as they come and to the console line by line.
 */
#ifndef AGENTS_INIT_CONSOLE_H
#define AGENTS_INIT_CONSOLE_H

#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/cc.h"

struct console {
	int fd;
	struct buf out; /* not yet written */
	unsigned long n_dropped;
};

/* fd becomes non-blocking. */
void console_init(struct console *c, int fd);
void console_line(struct console *c, const char *fmt, ...) PRINTF(2, 3);
void console_flush(struct console *c);

enum stream_style {
	STREAM_RAW,	/* bytes as they are, to the file; bare lines to the console */
	STREAM_JOURNAL, /* "time host name: line" to the file; "name: line" to the console */
};

struct stream {
	struct console *console;
	enum stream_style style;
	char name[96];
	char path[160];	 /* of the file */
	off_t max, size; /* RAW stops there, JOURNAL goes on in a new file */
	int r, w;	 /* the pipe: ours, and what programs get */
	int file;
	struct buf line; /* the line that is not finished */
};

/* The pipe and the file; -1 with errno when there is none to be had. */
int stream_open(struct stream *s, struct console *c, enum stream_style style,
    const char *name, const char *path, off_t max);
void stream_close(struct stream *s);

/* Take what is in the pipe, at most some 64 KiB: 1 there may be more, 0 it was all. */
int stream_read(struct stream *s);

/* A line of our own into the stream. */
void stream_line(struct stream *s, const char *fmt, ...) PRINTF(2, 3);

#endif
