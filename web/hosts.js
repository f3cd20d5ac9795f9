// hosts.js - the fleet: counts, search, order, groups, and a row for each host.
import { add, el, many, say, setAttr, setText, show } from './dom.js';
import { hosts } from './net.js';
import { List } from './list.js';
import { STATES, MARK, MEANS, doing, eta, labels, progress, stuck, trouble } from './state.js';
import { actions } from './act.js';

const names = new Intl.Collator('en', { numeric: true });
const small = matchMedia('(max-width: 760px)');
const SORT = { trouble: 'What needs a look first', name: 'Name', state: 'State', progress: 'Progress', since: 'Latest change' };
const RANK = Object.fromEntries(STATES.map((s, i) => [s, i]));

let chosen = new Set();		// names; stays while one looks at other views
let folded = new Set();

function fits(h, want) {
	if (want.state === 'stuck' ? !stuck(h) : want.state && h.state !== want.state) return false;
	for (const w of want.words) {
		const [k, v] = w.split('=', 2);
		if (v !== undefined) {
			if (String(h.labels?.[k] ?? h[k] ?? '').toLowerCase() !== v) return false;
		} else if (!`${h.name} ${h.mac} ${h.address} ${h.profile} ${h.tree} ${h.step_name} ${h.stuck} ${h.reason} ${labels(h).map(l => l.join('='))}`
			.toLowerCase().includes(w)) return false;
	}
	return true;
}

export function hostsView(main, query) {
	const p = new URLSearchParams(query);
	const want = { q: p.get('q') ?? '', state: p.get('state') ?? '', sort: p.get('sort') ?? 'trouble', group: p.get('group') ?? '', words: [] };
	if (!SORT[want.sort]) want.sort = 'trouble';
	let rank = new Map(), shown = [], timer = 0, before = null, wasBox = false;

	const count = el('p.count', { role: 'status' });
	const strip = el('div.strip', { 'aria-hidden': 'true' });
	const chips = el('div.chips', { role: 'group', 'aria-label': 'Show hosts by state' });
	const search = el('input', { type: 'search', placeholder: 'Name, address, profile, rack=7 \u2026', 'aria-label': 'Search hosts', value: want.q, autocomplete: 'off', spellcheck: 'false',
		input: () => { want.q = search.value; keep(); arrange(); } });
	const sort = el('select', { change: () => { want.sort = sort.value; keep(); arrange(); } },
		Object.entries(SORT).map(([v, t]) => el('option', { value: v, selected: v === want.sort }, t)));
	const group = el('select', { change: () => { want.group = group.value; keep(); arrange(); } });
	const all = el('input', { type: 'checkbox', 'aria-label': 'Select all hosts that are shown', change: () => {
		chosen = all.checked ? new Set(shown) : new Set();
		marked();
	} });
	const head = el('div.row.head', { role: 'row', 'aria-rowindex': 1 },
		el('span.sel', { role: 'columnheader' }, all), ['Host', 'State', 'Progress', 'What it does', 'Left', 'Profile', 'Address'].map((t, i) =>
			el('span.' + ['name', 'state', 'prog', 'what', 'eta', 'prof', 'addr'][i], { role: 'columnheader' }, t)));
	const box = el('div.rows', { role: 'rowgroup' });
	const grid = el('div.grid', { role: 'table', 'aria-label': 'Hosts', 'aria-describedby': 'keys' }, el('div.headgroup', { role: 'rowgroup' }, head), box);
	const bar = el('section.selected', { 'aria-label': 'Selected hosts', hidden: true });
	const none = el('p.none', { hidden: true });
	show(main,
		el('div.title', null, el('h1', null, 'Hosts'), count),
		strip, chips,
		el('div.tools', { role: 'search' }, search,
			el('label', null, el('span', null, 'Order'), sort), el('label', null, el('span', null, 'Group'), group)),
		el('p.unseen', { id: 'keys' }, 'Arrow keys go from host to host.'),
		grid, none, bar);

	// Rows ---------------------------------------------------------------------

	function make(key) {
		if (key.startsWith('group:')) {
			const b = el('button.fold', { type: 'button', click: () => { folded.has(key) ? folded.delete(key) : folded.add(key); arrange(); } },
				el('span.tri', { 'aria-hidden': 'true' }), el('strong'), el('span.tally'));
			return el('div.group', { role: 'row' }, el('span.groupcell', { role: 'cell', 'aria-colspan': 8 }, b));
		}
		const box = el('input', { type: 'checkbox', 'aria-label': 'Select ' + key, change: () => {
			box.checked ? chosen.add(key) : chosen.delete(key);
			marked();
		} });
		const e = el('div', { role: 'row' },
			el('span.sel', { role: 'cell' }, box),
			el('span.name', { role: 'rowheader' }, el('a', { href: '#/host/' + encodeURIComponent(key) }, key)),
			el('span.state', { role: 'cell' }, el('span.mark', { 'aria-hidden': 'true' }), el('span.word')),
			el('span.prog', { role: 'cell' }, el('span.bar', { role: 'progressbar', 'aria-valuemin': 0, 'aria-valuemax': 100, 'aria-label': key + ', installation' }, el('i')), el('span.pct', { 'aria-hidden': 'true' })),
			el('span.what', { role: 'cell' }), el('span.eta', { role: 'cell' }),
			el('span.prof', { role: 'cell' }), el('span.addr', { role: 'cell' }));
		const q = c => e.querySelector(c);
		e.parts = { box, mark: q('.mark'), word: q('.word'), bar: q('.bar'), fill: q('i'), pct: q('.pct'), what: q('.what'), eta: q('.eta'), prof: q('.prof'), addr: q('.addr') };
		return e;
	}
	function fill(e, key) {
		if (key.startsWith('group:')) return fillGroup(e, key);
		const h = hosts.get(key), d = e.parts;
		if (!h) return;
		const pc = progress(h), is = stuck(h), what = is ? h.stuck : doing(h);
		setAttr(e, 'data-state', h.state);
		setAttr(e, 'data-stuck', is);
		setText(d.mark, is ? MARK.stuck : MARK[h.state]);
		setText(d.word, is ? h.state + ', stuck' : h.state);
		d.bar.hidden = d.pct.hidden = pc === null;
		if (pc !== null) {
			const x = `scaleX(${pc / 100})`;
			if (d.fill.style.transform !== x) d.fill.style.transform = x;
			setAttr(d.bar, 'aria-valuenow', pc);
			setAttr(d.bar, 'aria-valuetext', `${pc} percent, ${what}`);
			setText(d.pct, pc + '%');
		}
		setText(d.what, what);
		setAttr(d.what, 'title', what);
		setText(d.eta, eta(h));
		setText(d.prof, h.profile ?? '');
		setText(d.addr, h.address ?? h.mac ?? '');
		if (d.box.checked !== chosen.has(key)) d.box.checked = chosen.has(key);
	}
	const list = new List(box, { height: () => small.matches ? 84 : 40, make, fill, focus: row => row.querySelector(wasBox ? 'input, button' : 'a, button')?.focus({ preventScroll: true }) });
	box.addEventListener('focusin', e => { wasBox = e.target.matches('input'); });

	// Order -----------------------------------------------------------------------

	const groups = new Map();
	function fillGroup(e, key) {
		const g = groups.get(key);
		if (!g) return;
		setText(e.querySelector('strong'), g.title);
		setText(e.querySelector('.tally'), tally(g.names));
		setAttr(e.querySelector('button'), 'aria-expanded', String(!folded.has(key)));
	}
	function tally(list) {
		const n = {};
		for (const x of list) { const h = hosts.get(x); if (h) n[h.state] = (n[h.state] ?? 0) + 1; }
		return many(list.length, 'host') + ': ' + STATES.filter(s => n[s]).map(s => `${n[s]} ${s}`).join(', ');
	}
	const groupOf = h => want.group === 'state' ? h.state : want.group === 'profile' ? h.profile ?? '' : h.labels?.[want.group.slice(6)] ?? '';

	function ranks() {
		rank = new Map([...hosts.keys()].sort(names.compare).map((n, i) => [n, i]));
		const keys = new Set(['state', 'profile']);
		for (const h of hosts.values()) for (const [k] of labels(h)) keys.add('label:' + k);
		if (group.options.length !== keys.size + 1)
			show(group, el('option', { value: '' }, 'None'), [...keys].map(k => el('option', { value: k, selected: k === want.group }, k.replace(/^label:/, 'label '))));
	}
	function order(a, b) {
		let d = 0;
		switch (want.sort) {
		case 'trouble': d = trouble(b) - trouble(a) || RANK[a.state] - RANK[b.state]; break;
		case 'state': d = RANK[a.state] - RANK[b.state]; break;
		case 'progress': d = (progress(b) ?? -1) - (progress(a) ?? -1); break;
		case 'since': d = b.since - a.since; break;
		}
		return d || rank.get(a.name) - rank.get(b.name);
	}
	function arrange() {
		clearTimeout(timer);
		timer = 0;
		if (rank.size !== hosts.size) ranks();
		want.words = want.q.toLowerCase().split(/[\s,]+/).filter(Boolean);
		const found = [...hosts.values()].filter(h => fits(h, want)).sort(order);
		shown = found.map(h => h.name);
		groups.clear();
		let items = shown;
		if (want.group) {
			const by = new Map();
			for (const h of found) { const g = groupOf(h); by.has(g) ? by.get(g).push(h.name) : by.set(g, [h.name]); }
			items = [];
			for (const g of [...by.keys()].sort(names.compare)) {
				const key = 'group:' + g;
				groups.set(key, { title: g || 'none', names: by.get(g) });
				items.push(key);
				if (!folded.has(key)) items.push(...by.get(g));
			}
		}
		setAttr(grid, 'aria-rowcount', items.length + 1);
		list.set(items);
		none.hidden = items.length > 0;
		setText(none, hosts.size ? 'No host fits.' : 'There are no hosts yet: name them in provd.yaml under hosts.');
		counts();
		setText(count, shown.length === hosts.size ? many(hosts.size, 'host') : `${shown.length.toLocaleString('en')} of ${many(hosts.size, 'host')}`);
		all.checked = shown.length > 0 && shown.every(n => chosen.has(n));
	}
	// Not more often than once a second: rows that jump can't be read or clicked.
	const soon = () => { timer ||= setTimeout(arrange, 1000); };

	// Counts ----------------------------------------------------------------------

	function chip(value, text, n) {
		let b = chips.querySelector(`[data-chip="${value}"]`);
		if (!b) {
			b = el('button.chip', { type: 'button', 'data-chip': value, 'data-state': value || null, title: MEANS[value], click: () => { want.state = want.state === value ? '' : value; keep(); arrange(); } },
				value && el('span.mark', { 'aria-hidden': 'true' }, MARK[value]), el('b'), ' ' + text);
			chips.append(b);
		}
		setText(b.querySelector('b'), n.toLocaleString('en'));
		setAttr(b, 'aria-pressed', String(want.state === value));
		b.hidden = n === 0 && value !== '' && want.state !== value;
		const part = value && value !== 'stuck' && (strip.querySelector(`[data-state="${value}"]`) || strip.appendChild(el('i', { 'data-state': value })));
		if (part) { part.style.flexGrow = n; part.hidden = n === 0; }
	}
	function counts() {
		const n = { stuck: 0 };
		for (const h of hosts.values()) { n[h.state] = (n[h.state] ?? 0) + 1; if (stuck(h)) n.stuck++; }
		chip('', 'all', hosts.size);
		chip('stuck', 'stuck', n.stuck);
		for (const s of STATES) chip(s, s, n[s] ?? 0);
		if (before) {
			const news = ['failed', 'stuck', 'installed'].filter(s => (n[s] ?? 0) > (before[s] ?? 0)).map(s => `${n[s] - (before[s] ?? 0)} more ${s}`);
			if (news.length) say('Hosts: ' + news.join(', '));
		}
		before = n;
	}

	// Selection --------------------------------------------------------------------

	function marked() {
		list.refresh();
		const those = [...chosen].filter(n => hosts.has(n));
		all.checked = shown.length > 0 && shown.every(n => chosen.has(n));
		bar.hidden = those.length === 0;
		if (those.length)
			show(bar, el('p', { role: 'status' }, many(those.length, 'host') + ' selected'), actions(those),
				el('button.plain', { type: 'button', click: () => { chosen.clear(); marked(); search.focus(); } }, 'Select none'));
	}
	function keep() {
		const p = new URLSearchParams();
		for (const k of ['q', 'state', 'group']) if (want[k]) p.set(k, want[k]);
		if (want.sort !== 'trouble') p.set('sort', want.sort);
		history.replaceState(null, '', '#/hosts' + (p.size ? '?' + p : ''));
	}

	arrange();
	marked();
	const slow = setInterval(() => list.refresh(), 10000);	// "2 min ago" gets older
	return {
		title: 'Hosts',
		hosts(changed) { list.refresh(changed); soon(); },
		all() { ranks(); arrange(); },
		end() { clearTimeout(timer); clearInterval(slow); list.end(); },
	};
}
