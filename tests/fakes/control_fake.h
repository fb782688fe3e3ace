/*
 * What agents see of control, on loopback and in the test's own loop: it answers,
 * holds, refuses and goes away as the test wants.
 *
 * The members below the line are the test's to set and to read.  Fails the test on a
 * request that no agent should make.
 */
#ifndef TESTS_FAKES_CONTROL_FAKE_H
#define TESTS_FAKES_CONTROL_FAKE_H

#include <stdint.h>
#include <uv.h>

enum { CONTROL_FAKE_CONNS = 16 };

struct control_fake;

struct control_fake_conn {
	uv_tcp_t stream;
	struct control_fake *control; /* NULL: free */
	int is_held;		      /* its request waits for an answer */
	size_t len;
	char in[65536];
};

struct control_fake {
	uv_loop_t *loop;
	uv_tcp_t listener;
	int is_open;
	struct control_fake_conn conns[CONTROL_FAKE_CONNS];

	uint16_t port;	      /* 0 before it is up for the first time; then it stays */
	int poll_code;	      /* 0: polls are answered as they should be */
	char poll_body[4096]; /* of a poll_code */
	char rev[32], config[2048];
	int is_dying;	  /* ends connections instead of answering polls */
	int holds_status; /* does not answer a status */
	int status_code;  /* 0 becomes 204 */
	int n_polls, n_statuses;
	char last_rev[64], last_auth[64], last_peer[64];
	int last_wait;
	char status[8192];
};

void control_fake_up(struct control_fake *f, uv_loop_t *loop);

/* With all connections; runs the loop until it is gone. */
void control_fake_down(struct control_fake *f);

/* What there is to poll; who waits for it gets it. */
void control_fake_set(struct control_fake *f, const char *rev, const char *config);

/* The connection whose request, by its method, is held; NULL: none. */
struct control_fake_conn *control_fake_held(struct control_fake *f, const char *method);

void control_fake_answer(struct control_fake_conn *c, int code, const char *body);

#endif
