// A merchant's door: keeps every delivery as it came. `GET /deliveries` shows them.
import { createServer } from 'node:http';

const deliveries = [];
const server = createServer((request, response) => {
  if (request.method === 'GET') {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(deliveries));
    return;
  }
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks).toString('utf8');
    const provider = request.url.split('/').pop();
    deliveries.push({ provider, headers: request.headers, body });
    response.end();
  });
});
server.listen(0, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
