/*
 * The admin door's /_simfra/port-forwards (docs/PORT-FORWARDS.md).
 */
#ifndef CONTROL_PLANE_PORT_FORWARDS_H
#define CONTROL_PLANE_PORT_FORWARDS_H

struct exchange;

/*
 *	GET	all, a row each
 *	POST	{"resource", "port": 22, "protocol": "tcp", "hostPort": next}: 201, or 200 it was there
 *	GET, DELETE …/{hostPort}
 */
void port_forwards_answer(struct exchange *x);

#endif
