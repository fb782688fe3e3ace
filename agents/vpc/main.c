#include "agents/vpc/vpc.h"

int
main(void)
{
	static struct vpc vpc;

	return agent_run(&vpc_agent, &vpc);
}
