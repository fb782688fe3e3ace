#include "agents/lb/lb.h"

int
main(void)
{
	static struct lb lb;

	return agent_run(&lb_agent, &lb);
}
