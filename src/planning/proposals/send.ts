import type { FastifyReply } from 'fastify';
import type { Answer } from '../../platform/idempotency.ts';

/** Sends an answer as it was kept. */
export function sendAnswer(reply: FastifyReply, answer: Answer): FastifyReply {
  return reply.code(answer.status).headers(answer.headers).send(answer.body);
}
