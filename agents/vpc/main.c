/*
 * The vpc agent; with the argument "pause", a program that does nothing until it is told to end:
 * what holds the namespace of a NAT gateway.
 */
#include <signal.h>
#include <string.h>

#include "agents/vpc/vpc.h"

static int
hold(void)
{
	sigset_t ends;
	int which;

	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	return sigprocmask(SIG_BLOCK, &ends, NULL) < 0 || sigwait(&ends, &which) != 0;
}

int
main(int argc, char **argv)
{
	static struct vpc vpc;

	if (argc == 2 && strcmp(argv[1], "pause") == 0)
		return hold();
	return agent_run(&vpc_agent, &vpc);
}
