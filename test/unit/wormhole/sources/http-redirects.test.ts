import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startFileServer } from '../../../helpers/file-server.ts';
import { rangeReply, reply, type Script, type ScriptedServer } from '../../../helpers/scripted-proxy.ts';
import { failureOf, fetchRange, objectOf } from './collect.ts';
import { httpHarness } from './http-harness.ts';

const CONTENT = Buffer.from('content behind redirects');
const OBJECT = objectOf('f', CONTENT.length);
const fixture = (name: string): string => readFileSync(join(import.meta.dirname, 'fixtures', name), 'utf8');
const key = fixture('localhost-key.pem');
const cert = fixture('localhost-certificate.pem');

describe('an http source', () => {
  const { serve, open, own } = httpHarness();
  const withUser = (url: string): string => url.replace('//', '//user:secret@');
  const content: Script = (request) => rangeReply(request, CONTENT);

  describe('that is redirected', () => {
    it.each([301, 302, 303, 307, 308])('follows a %i, range and credentials included', async (status) => {
      const server = await serve((request) =>
        request.target === '/f' ? reply(status, { location: '/g?x=1#y' }) : content(request),
      );
      expect(await fetchRange(open(withUser(server.url)), OBJECT, 3, 4)).toEqual(CONTENT.subarray(3, 7));
      expect(server.requests.map((request) => request.target)).toEqual(['/f', '/g?x=1']);
      expect(server.requests[1]?.headers).toMatchObject({
        range: 'bytes=3-6',
        authorization: `Basic ${Buffer.from('user:secret').toString('base64')}`,
      });
    });

    it('keeps its credentials from another origin, also on the way back', async () => {
      const first: ScriptedServer = await serve((request) =>
        request.target === '/f' ? reply(302, { location: `${second.url}/g` }) : content(request),
      );
      const second = await serve(() => reply(302, { location: `${withUser(first.url)}/h` }));
      expect(await fetchRange(open(withUser(first.url)), OBJECT)).toEqual(CONTENT);
      expect(second.requests[0]?.headers).not.toHaveProperty('authorization');
      expect(first.requests[1]?.headers).not.toHaveProperty('authorization');
    });

    it('follows five redirects and no sixth', async () => {
      const server = await serve(({ target, ...request }) => {
        const left = Number(target.slice(-1));
        return left === 0 ? content({ target, ...request }) : reply(302, { location: `/${left - 1}` });
      });
      expect(await fetchRange(open(server.url), { ...OBJECT, path: ['5'] })).toEqual(CONTENT);
      const error = await failureOf(fetchRange(open(server.url), { ...OBJECT, path: ['6'] }));
      expect(error.code).toBe('SOURCE_REFUSED');
      expect(error.message).toContain('more than 5 times');
    });

    it.each([
      ['ftp://host/x', 'not a web address'],
      ['file:///etc/passwd', 'not a web address'],
      ['http://[', 'without saying where'],
    ])('refuses to go to %s', async (location, sentence) => {
      const server = await serve(() => reply(302, { location }));
      const error = await failureOf(fetchRange(open(server.url), OBJECT));
      expect(error.code).toBe('SOURCE_REFUSED');
      expect(error.message).toContain(sentence);
    });

    it('refuses to leave an encrypted connection for a plain one, and hides the secrets of the target', async () => {
      const plain = await serve(content);
      const server = await serve(() => reply(302, { location: `${withUser(plain.url)}/f?token=secret` }), {
        tls: { key, cert },
      });
      const error = await failureOf(fetchRange(open(server.url, { certificateAuthority: cert }), OBJECT));
      expect(error.code).toBe('SOURCE_REFUSED');
      expect(error.message).toContain(`redirects to ${plain.url}/f?..., which is not encrypted`);
      expect(plain.connections()).toBe(0);
    });

    it('leaves the host alone that asked for it, not the one that led there', async () => {
      const busy = await serve(() => reply(503, { 'retry-after': 60 }));
      const server = await serve((request) =>
        request.target === '/f' ? reply(302, { location: busy.url }) : content(request),
      );
      const source = open(server.url);
      expect(await failureOf(fetchRange(source, OBJECT))).toMatchObject({
        context: { retryAfterMs: 60_000 },
      });
      expect(await fetchRange(source, { ...OBJECT, path: ['g'] })).toEqual(CONTENT);
    });
  });

  describe('over TLS', () => {
    it('reads from a server whose certificate is trusted', async () => {
      const server = await serve(content, { tls: { key, cert } });
      expect(await fetchRange(open(server.url, { certificateAuthority: cert }), OBJECT)).toEqual(CONTENT);
    });

    const expired = fixture('localhost-expired-certificate.pem');
    const elsewhere = fixture('elsewhere-certificate.pem');

    it.each([
      ['self-signed', cert, {}, /self-signed/],
      ['expired', expired, { certificateAuthority: expired }, /expired/],
      ['for another host', elsewhere, { certificateAuthority: elsewhere }, /for another host/],
    ])('refuses a certificate that is %s, and sends nothing', async (_, certificate, options, sentence) => {
      const server = await serve(content, { tls: { key, cert: certificate } });
      const error = await failureOf(fetchRange(open(withUser(server.url), options), OBJECT));
      expect(error.code).toBe('SOURCE_UNREACHABLE');
      expect(error.message).toMatch(sentence);
      expect(server.requests).toEqual([]);
    });

    it('says so when the server speaks no TLS', async () => {
      const server = await startFileServer(import.meta.dirname);
      own(server);
      const error = await failureOf(fetchRange(open(server.url.replace('http:', 'https:')), OBJECT));
      expect(error.code).toBe('SOURCE_UNREACHABLE');
      expect(error.message).toContain('does not speak TLS');
    });

    it('gives up on a handshake that never ends', async () => {
      const server = await serve(content, { onConnection: () => 'silence' });
      const source = open(server.url.replace('http:', 'https:'), { connectTimeoutMs: 50 });
      const error = await failureOf(fetchRange(source, OBJECT));
      expect(error.code).toBe('SOURCE_UNREACHABLE');
      expect(error.message).toContain('does not accept the connection in time');
    });
  });
});
