/*
 * The socket by which `systemctl` and its kin talk to PID 1, and the one of sd_notify.
 *
 * /run/simfra/init.sock, for root alone: one packet is the request (strings,
 * each ended by a NUL: verb, flags, arguments), the answers are packets whose first
 * byte says what they are: '1' text for stdout, '2' for stderr, 'x' the exit
 * status, after which PID 1 hangs up.  A client that does not read is dropped.
 */
#ifndef AGENTS_INIT_CONTROL_H
#define AGENTS_INIT_CONTROL_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include "agents/init/manager.h"

#define CONTROL_SOCKET "/run/simfra/init.sock"

enum {
	CONTROL_CLIENTS = 32,
	CONTROL_REQUEST_MAX = 8192,
	CONTROL_ARGS_MAX = 64,
	CONTROL_REPLY_MAX = 16384,
};

enum control_power { POWER_NONE, POWER_OFF, POWER_REBOOT };

struct control_client {
	int fd;		  /* -1: free */
	const char *verb; /* of the table */
	struct unit *waits[CONTROL_ARGS_MAX];
	size_t n_waits;
	int code, busy;
	int64_t since;
};

struct control {
	struct manager *manager;
	int listener, notify;
	struct control_client clients[CONTROL_CLIENTS];
	/* A shutdown that was asked for, and when (monotonic ms). */
	enum control_power power;
	int64_t power_at;
};

/* 0, or -1 with errno; the machine runs without it then. */
int control_open(struct control *c, struct manager *m);

/* Fills p (CONTROL_CLIENTS + 2 places); returns how many. */
size_t control_poll(const struct control *c, struct pollfd *p);
void control_serve(struct control *c, const struct pollfd *p, size_t n);

#endif
