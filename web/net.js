// net.js - what the server is asked, what it tells by itself, and the hosts as they are now.
import { clean, setText } from './dom.js';

export const hosts = new Map();
export const on = { hosts: null, line: null, all: null, login: null };	// the view's
let calls = null;		// paths of openapi.json; null: not known
export let who = { name: 'socket', right: 'steer' };

export class Refused extends Error {
	constructor(code, text) { super(clean(text)); this.code = code; }
}

export async function ask(method, path, more) {
	const r = await fetch(path, {
		method, cache: 'no-store', credentials: 'same-origin', redirect: 'error',
		headers: { ...(method !== 'GET' && { 'X-Provd': '1' }), ...more },
	});
	const text = await r.text();
	let o = null;
	try { o = JSON.parse(text); } catch { /* a file, or somebody else's words */ }
	if (r.status === 401 && path !== '/v1/login') on.login?.();
	if (!r.ok) throw new Refused(r.status, o?.error || `the server answers ${r.status}`);
	return o ?? text;
}
export const get = path => ask('GET', path);
export async function getText(path) {
	const r = await fetch(path, { cache: 'no-store', credentials: 'same-origin', redirect: 'error' });
	if (!r.ok) throw new Refused(r.status, (await r.json().catch(() => null))?.error || r.status);
	return r.text();
}
export const hostPath = (name, rest = '') => '/v1/hosts/' + encodeURIComponent(name) + rest;

// Does the server know this call? What it doesn't is not shown.
export function can(path, method = 'post') {
	if (method === 'post' && who.right !== 'steer') return false;
	if (calls) return Boolean(calls[path]?.[method]);
	return ['arm', 'disarm', 'inspect'].some(n => path.endsWith('/' + n));
}
export async function learn() {
	try { who = await get('/v1/session'); calls = (await get('/v1/openapi.json')).paths ?? null; } catch { calls = null; }
}

// Live -----------------------------------------------------------------------------

let source = null, retry = null, dirty = new Set(), frame = 0, reading = null, heard = 0, polling = null;

export function live(state, words) {
	const p = document.getElementById('live');
	p.dataset.live = state;
	setText(p.querySelector('.words'), words);
}

function flush() {
	const changed = dirty;
	frame = 0;
	dirty = new Set();
	on.hosts?.(changed);
}
function touch(name) {
	dirty.add(name);
	if (!frame) frame = requestAnimationFrame(flush);
}
function take(h) {
	hosts.set(h.name, h);
	reading?.add(h.name);
	touch(h.name);
}

// The list anew. What was told while it was read is newer than what stands in it.
export async function readAll() {
	const told = reading = new Set();
	const list = (await get('/v1/hosts')).hosts;
	if (reading !== told) return;	/* another reading has begun */
	reading = null;
	const there = new Set(list.map(h => h.name));
	for (const name of hosts.keys())
		if (!there.has(name) && !told.has(name)) hosts.delete(name);
	for (const h of list)
		if (!told.has(h.name)) hosts.set(h.name, h);
	on.all?.();
}

async function poll() {		// a server without events
	clearTimeout(polling);
	try { await readAll(); live('on', 'live'); } catch { live('off', 'no connection'); }
	polling = setTimeout(poll, 2000);
}

function again(delay) {
	clearTimeout(retry);
	retry = setTimeout(begin, delay);
}

export function end() {
	source?.close();
	source = null;
	clearTimeout(retry);
	clearTimeout(polling);
}

export async function begin() {
	end();
	try {
		await readAll();
		if (calls === null) await learn();
	} catch (e) {
		if (e.code === 401) return;
		live('off', 'no connection');
		again(2000);
		return;
	}
	if (calls && !calls['/v1/events']) { poll(); return; }
	const s = source = new EventSource('/v1/events');
	let opened = false;
	s.onopen = () => { heard = Date.now(); opened = true; live('on', 'live'); readAll().catch(() => {}); };
	s.onerror = () => {
		if (s !== source) return;
		live('off', 'no connection');
		// One that the server refused is not tried again by the browser.
		if (s.readyState === EventSource.CLOSED) { if (!opened && !calls) poll(); else again(2000); }
	};
	const hear = (type, fn) => s.addEventListener(type, e => { heard = Date.now(); fn(JSON.parse(e.data || '{}')); });
	hear('host', take);
	hear('line', l => on.line?.(l));
	hear('gone', o => { hosts.delete(o.name); on.all?.(); });
	hear('reset', () => readAll().catch(() => {}));
}

// A laptop that slept, or a network that went away without a word.
addEventListener('online', () => begin());
document.addEventListener('visibilitychange', () => {
	if (!document.hidden && source && Date.now() - heard > 60000) begin();
});
