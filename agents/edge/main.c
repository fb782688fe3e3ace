#include "agents/edge/edge.h"

int
main(void)
{
	static struct edge edge;

	return agent_run(&edge_agent, &edge);
}
