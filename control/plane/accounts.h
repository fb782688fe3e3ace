/*
 * /_simfra/accounts: GET lists, POST creates, POST …/{id}/reset wipes, DELETE …/{id}
 * removes (facts.md, "Accounts").
 */
#ifndef CONTROL_PLANE_ACCOUNTS_H
#define CONTROL_PLANE_ACCOUNTS_H

struct exchange;

void accounts_answer(struct exchange *x);

#endif
