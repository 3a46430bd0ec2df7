import type { Server as HttpServer, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';

/**
 * Watches a server's connections and gives the function that closes it: no new connection, every
 * answer that was begun is sent to its end, connections that only wait are closed, and what is left
 * after `withinMs` is cut.
 */
export function gentleClose(server: HttpServer, withinMs: number): () => Promise<void> {
  const answering = new Map<Socket, ServerResponse | null>();
  let closing = false;
  server.on('connection', (socket: Socket) => {
    answering.set(socket, null);
    socket.once('close', () => answering.delete(socket));
  });
  server.on('request', (request, response) => {
    const { socket } = request;
    answering.set(socket, response);
    if (closing) response.shouldKeepAlive = false;
    response.once('close', () => {
      if (answering.get(socket) === response) answering.set(socket, null);
      if (closing) socket.destroySoon();
    });
  });
  return () =>
    new Promise((resolve) => {
      closing = true;
      const patience = setTimeout(() => server.closeAllConnections(), withinMs);
      // Node's own close() of an HTTP server destroys connections whose last bytes are still
      // waiting to be sent.
      NetServer.prototype.close.call(server, () => {
        clearTimeout(patience);
        resolve();
      });
      for (const [socket, response] of answering) {
        if (response === null) socket.destroySoon();
        else response.shouldKeepAlive = false;
      }
    });
}
