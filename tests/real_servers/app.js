// Sound answers of every kind, by HTTP/1.1 and HTTP/2, in clear text and over TLS.
// node app.js CERTIFICATE KEY PLAIN H2C TLS_HTTP1 TLS_H2 (ports on 127.0.0.1); prints "ready".
'use strict';
const fs = require('fs');
const http = require('http');
const http2 = require('http2');
const https = require('https');
const zlib = require('zlib');

const LARGE = Buffer.alloc(4 << 20, 'x'); // more than prober reads

const answers = {
  '/': (req, res) => res.end('hello\n'),
  '/redirect': (req, res) => res.writeHead(302, { location: 'https://elsewhere.example.com/' }).end(),
  '/created': (req, res) => res.writeHead(201).end('{}'),
  '/empty': (req, res) => res.writeHead(204).end(),
  '/unchanged': (req, res) => res.writeHead(304, { etag: '"1"' }).end(),
  '/unauthorized': (req, res) => res.writeHead(401, { 'www-authenticate': 'Basic' }).end('who are you?\n'),
  '/missing': (req, res) => res.writeHead(404).end('no such page\n'),
  '/teapot': (req, res) => res.writeHead(418).end('short and stout\n'),
  '/hints': (req, res) => {
    res.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' });
    res.end('after 103\n');
  },
  '/continue': (req, res) => {
    res.writeContinue();
    res.end('after 100\n');
  },
  '/trailers': (req, res) => {
    res.writeHead(200, { trailer: 'x-checksum' });
    res.write('a body with ');
    res.addTrailers({ 'x-checksum': '42' });
    res.end('trailers\n');
  },
  '/large': (req, res) => res.writeHead(200, { 'content-length': LARGE.length }).end(LARGE),
  '/large-chunked': (req, res) => {
    res.write(LARGE);
    res.end(LARGE);
  },
  '/gzip': (req, res) => res.writeHead(200, { 'content-encoding': 'gzip' }).end(zlib.gzipSync(LARGE)),
  '/slow': (req, res) => {
    setTimeout(() => res.write('slow '), 200);
    setTimeout(() => res.write('but '), 350);
    setTimeout(() => res.end('steady\n'), 500);
  },
  '/head-hostile': (req, res) => (req.method === 'HEAD' ? req.socket.destroy() : res.end('GET only\n')),
  '/closes': (req, res) => res.writeHead(200, { connection: 'close' }).end('bye\n'),
  '/until-close': (req, res) => {
    res.useChunkedEncodingByDefault = false; // no length: the body ends with the connection
    res.shouldKeepAlive = false;
    res.write('until ');
    res.end('close\n');
  },
  '/many-headers': (req, res) => {
    for (let i = 0; i < 90; ++i) res.setHeader(`x-header-${i}`, 'value'); // Envoy takes 100, the server's own included
    res.end('many\n');
  },
  '/big-header': (req, res) => res.writeHead(200, { 'x-big': 'b'.repeat(50 << 10) }).end('big\n'),
  '/cookies': (req, res) => res.writeHead(200, { 'set-cookie': ['a=1; HttpOnly', 'b=2; Secure', 'c=3'] }).end('cookies\n'),
  '/events': (req, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    const timer = setInterval(() => res.write('data: tick\n\n'), 50); // without end
    res.on('close', () => clearInterval(timer));
  },
};

function handle(req, res) {
  const answer = answers[req.url];
  if (answer) answer(req, res);
  else res.writeHead(404).end();
}

const [certificate, key, ...ports] = process.argv.slice(2);
const tls = { cert: fs.readFileSync(certificate), key: fs.readFileSync(key) };
const servers = [
  http.createServer(handle),
  http2.createServer(handle),
  https.createServer(tls, handle),
  http2.createSecureServer(tls, handle),
];
let waiting = servers.length;
servers.forEach((server, i) =>
  server.listen(ports[i], '127.0.0.1', () => --waiting === 0 && console.log('ready')));
