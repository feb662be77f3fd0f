// What nothing could do for less: reads the request's body and answers the bytes that it was told.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Answer } from '../load.ts';

let answer: Answer = { status: 204, headers: {}, body: '' };

process.on('message', (message: { answer?: Answer }) => {
  if (message.answer) answer = message.answer;
});

const server = createServer((request, response) => {
  request.on('data', () => {});
  request.on('end', () => {
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body);
  });
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
