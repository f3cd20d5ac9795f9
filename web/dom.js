// dom.js - elements, and words for numbers. Whatever a machine said becomes text
// here, and nothing else: there is no way from it to markup.

// Control characters, and those that turn the direction of the text around them.
const CONTROL = /[\0-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
export const clean = s => String(s ?? '').replace(CONTROL, '\ufffd');

// el('a.name', {href: '#/'}, 'text', child...); what is null is left out
export function el(what, props, ...kids) {
	const [tag, ...names] = what.split('.');
	const e = document.createElement(tag || 'div');
	if (names.length) e.className = names.join(' ');
	for (const [k, v] of Object.entries(props ?? {})) {
		if (v == null || v === false) continue;
		if (typeof v === 'function') e.addEventListener(k, v);
		else e.setAttribute(k, v === true ? '' : clean(v));
	}
	add(e, ...kids);
	return e;
}

export function add(e, ...kids) {
	for (const k of kids.flat(Infinity))
		if (k != null && k !== false)
			e.append(k instanceof Node ? k : clean(k));
	return e;
}

// Only what differs is written, so that nothing is laid out anew for nothing.
export function setText(e, s) {
	s = clean(s);
	if (e.textContent !== s) e.textContent = s;
}
export function setAttr(e, name, v) {
	if (v == null || v === false) { if (e.hasAttribute(name)) e.removeAttribute(name); return; }
	v = v === true ? '' : clean(v);
	if (e.getAttribute(name) !== v) e.setAttribute(name, v);
}

export function show(e, ...kids) { e.replaceChildren(); return add(e, ...kids); }

export const now = () => Date.now() / 1000;

export function span(s) {
	s = Math.max(0, Math.round(s));
	if (s < 60) return s + ' s';
	if (s < 3600) return Math.round(s / 60) + ' min';
	if (s < 36 * 3600) return Math.round(s / 3600) + ' h';
	return Math.round(s / 86400) + ' days';
}
export const ago = t => t > 0 ? span(now() - t) + ' ago' : '';
export const left = s => s == null ? '' : s < 5 ? 'a moment' : '~' + span(s);

export function bytes(n) {
	const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
	let i = 0;
	for (n = Number(n) || 0; n >= 1024 && i < units.length - 1; i++) n /= 1024;
	return (i === 0 || n >= 100 ? Math.round(n) : n.toFixed(1).replace(/\.0$/, '')) + ' ' + units[i];
}

const two = n => String(n).padStart(2, '0');
export function clock(t) {
	const d = new Date(t * 1000);
	return `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
}
export function day(t) {
	const d = new Date(t * 1000);
	return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
}
export const when = t => t > 0 ? day(t) + ' ' + clock(t) : '';
export const many = (n, one, more = one + 's') => `${n.toLocaleString('en')} ${n === 1 ? one : more}`;

// Said to who listens instead of looking, a sentence at a time and not often.
let saying = null, waiting = '';
export function say(text, force) {
	waiting = text;
	if (force && saying) { clearTimeout(saying); saying = null; }
	if (saying) return;
	const speak = () => {
		setText(document.getElementById('say'), waiting);
		waiting = '';
		saying = setTimeout(() => { saying = null; if (waiting) speak(); }, 8000);
	};
	speak();
}

// A table of what a list of objects has: [title, function(item) -> text or node, class]
export function table(caption, columns, items) {
	return el('div.scroll', { tabindex: 0, role: 'region', 'aria-label': caption }, el('table', null,
		el('caption.unseen', null, caption),
		el('thead', null, el('tr', null, columns.map(c => el('th', { scope: 'col' }, c[0])))),
		el('tbody', null, items.map(i => el('tr', null, columns.map((c, n) =>
			el(n ? 'td' : 'th', { scope: n ? null : 'row', class: c[2], 'data-title': c[0] }, c[1](i))))))));
}
export const facts = pairs => el('dl', null, pairs.filter(p => p[1] && p[1].length !== 0 || p[1] === 0)
	.map(p => el('div', null, el('dt', null, p[0]), el('dd', null, p[1]))));
export const problem = text => el('p.alert', { role: 'alert', 'data-level': 'error' }, text);
