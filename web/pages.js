// pages.js - the other views: what was leased, what is served, who is not known, how provd is.
import { add, ago, bytes, el, facts, many, problem, show, table, when } from './dom.js';
import { ask, get, hosts } from './net.js';
import { diskWords } from './act.js';

const AT_MOST = 1000;	// rows of a table; the search finds the others

// A page that is read once, and again by its button. body(o) makes elements of it.
function page(main, title, path, body) {
	let gone = false;
	const at = el('div');
	const read = async () => {
		try { const o = path ? await get(path) : null; if (!gone) show(at, await body(o)); } catch (e) { if (!gone) show(at, problem(e.message)); }
	};
	show(main, el('div.title', null, el('h1', null, title), el('button.plain', { type: 'button', click: read }, 'Read again')), at);
	read();
	return { title, end() { gone = true; } };
}

function searched(what, columns, items, text) {
	const at = el('div'), n = el('p.note', { role: 'status' });
	const input = el('input', { type: 'search', 'aria-label': 'Search ' + what, placeholder: 'Search', input: () => fill() });
	const fill = () => {
		const q = input.value.toLowerCase().trim(), found = q ? items.filter(i => text(i).toLowerCase().includes(q)) : items;
		n.textContent = many(found.length, what) + (found.length > AT_MOST ? `, the first ${AT_MOST} are shown` : '');
		show(at, found.length ? table(what, columns, found.slice(0, AT_MOST)) : el('p.none', null, 'None.'));
	};
	fill();
	return [el('div.tools', { role: 'search' }, input, n), at];
}

export const leasesView = main => page(main, 'Leases', '/v1/leases', o => {
	const name = new Map([...hosts.values()].map(h => [h.mac, h.name]));
	return searched('lease', [['Address', l => l.address], ['Hardware', l => l.mac], ['Host', l => name.has(l.mac) ? el('a', { href: '#/host/' + encodeURIComponent(name.get(l.mac)) }, name.get(l.mac)) : l.hostname ?? ''],
		['State', l => l.state], ['Since', l => when(l.start)], ['Until', l => l.expiry === null ? 'for ever' : when(l.expiry)]], o.leases, l => `${l.address} ${l.mac} ${l.hostname} ${name.get(l.mac)} ${l.state}`);
});

export const treesView = main => page(main, 'Trees', '/v1/trees', o => o.trees.length === 0 ? el('p.none', null, 'No tree is served.') :
	el('div.cards', null, o.trees.map(t => el('article.card', null, el('h2', null, t.name), el('p', null, t.known ? t.what ?? 'no release that provd knows' : 'not looked at yet'),
		t.why && el('p.note', null, t.why), facts([['Served as', t.export], ['From', t.source?.join(', ')], ['Clients', t.clients], ['Sets', t.sets], ['BIOS loader', t.bios_loader], ['UEFI loader', t.uefi_loader], ['Kernel', t.kernel],
			['Armed from it', t.hosts?.length ? t.hosts.slice(0, 20).flatMap(h => [el('a', { href: '#/host/' + encodeURIComponent(h) }, h), ' ']) : '']])))));

export const profilesView = main => page(main, 'Profiles', '/v1/profiles', o => o.profiles.length === 0 ? el('p.none', null, 'No profile is loaded.') : el('div.cards', null, o.profiles.map(p => {
	const n = [...hosts.values()].filter(h => h.profile === p.name).length;
	return el('article.card', null, el('h2', null, el('a', { href: '#/profiles/' + encodeURIComponent(p.name) }, p.name)), el('p', null, p.about ?? ''),
		facts([['System', p.os], ['Tree', p.tree], ['Hosts', n && el('a', { href: '#/hosts?q=' + encodeURIComponent('profile=' + p.name) }, many(n, 'host'))], ['File', p.file]]));
})));

export const profileView = (main, name) => page(main, name, '/v1/profiles/' + encodeURIComponent(name), p => {
	const those = [...hosts.values()].filter(h => h.profile === name).map(h => h.name), at = el('div');
	const pick = el('select', { change: async () => {
		if (!pick.value) return show(at);
		try {
			const base = '/v1/hosts/' + encodeURIComponent(pick.value), q = 'profile=' + encodeURIComponent(name);
			const [plan, files] = [await get(`${base}/plan?${q}`), await get(`${base}/files`)];
			show(at, el('ul', null, plan.plan.disks.map(d => el('li', null, diskWords(d).device + ': ' + diskWords(d).fate))),
				el('pre', { tabindex: 0, role: 'region', 'aria-label': 'Plan of ' + pick.value }, plan.text),
				el('p', null, many(files.files.length, 'file') + ' for it: ', el('a', { href: '#/host/' + encodeURIComponent(pick.value) + '/files' }, 'look at them')));
		} catch (e) { show(at, problem(e.message)); }
	} }, el('option', { value: '' }, 'choose a host'), those.slice(0, AT_MOST).map(h => el('option', { value: h }, h)));
	return [el('p', null, p.about ?? ''), facts([['System', p.os], ['Tree', p.tree], ['File', p.file]]),
		el('h2', null, 'What it does to a host'), those.length ? el('div.tools', null, el('label', null, el('span', null, 'Host'), pick)) : el('p.none', null, 'No host has this profile.'), at,
		el('h2', null, 'Text'), el('pre', { tabindex: 0, role: 'region', 'aria-label': 'Text of the profile' }, p.text)];
});

export const unknownView = main => page(main, 'Unknown machines', '/v1/unknown', o => [el('p.note', null, 'Machines that were heard and are no host of the configuration.'),
	...searched('machine', [['Hardware', u => u.mac], ['Address', u => u.address ?? ''], ['Firmware', u => u.firmware ?? ''], ['Name', u => u.hostname ?? ''], ['Asked', u => `${many(u.asked, 'time')}, last ${ago(u.last)}`], ['What it did', u => u.line ?? '', 'wide'], ['Why nothing came of it', u => [u.stuck, u.advice].filter(Boolean).join(' '), 'wide']], o.unknown, u => Object.values(u).join(' '))]);

const plain = v => v !== null && typeof v === 'object' ? JSON.stringify(v) : String(v ?? '');
export const statusView = main => page(main, 'Status', '/v1/status', s => [
	s.networks?.length > 0 && [el('h2', null, 'Networks'), table('Networks', [['Network', n => n.network], ['Interface', n => n.interface ?? ''], ['Mode', n => n.mode], ['In force', n => n.in_force === n.mode ? 'yes' : el('b', null, `no: ${n.in_force}`)], ['Why', n => n.why, 'wide']], s.networks)],
	s.interfaces?.length > 0 && [el('h2', null, 'Interfaces'), table('Interfaces', [['Name', i => i.name], ['Address', i => i.address ?? ''], ['Listens', i => i.listens ? 'yes' : el('b', null, 'no')], ['Other server', i => i.other_server ?? 'none heard']], s.interfaces)],
	s.servers?.length > 0 && [el('h2', null, 'Other DHCP servers'), table('Other DHCP servers', [['Server', x => x.server], ['Hardware', x => x.mac ?? ''], ['Last heard', x => ago(x.last)], ['Offers', x => x.offers, 'num'], ['Said', x => x.said, 'wide']], s.servers)],
	s.process && [el('h2', null, 'Process'), facts([['Memory', bytes(s.process.rss)], ['At most', bytes(s.process.rss_peak)], ['Descriptors', s.process.descriptors], ['Jobs that wait for a disk', s.process.disk_jobs], ['Directories remembered', s.process.directories_cached], ['Data threads', s.threads?.length]])],
	s.all && [el('h2', null, 'Counters'), el('div.cards', null, Object.entries(s.all).map(([name, c]) => el('article.card', null, el('h3', null, name.toUpperCase()), facts(Object.entries(c).map(([k, v]) => [k.replace(/_/g, ' '), k.includes('bytes') ? bytes(v) : typeof v === 'number' ? v.toLocaleString('en') : plain(v)])))))],
]);

export function loginView(main, done) {
	const state = el('p.alert', { role: 'alert', 'data-level': 'error', hidden: true });
	const token = el('input', { type: 'password', id: 'token', name: 'token', autocomplete: 'current-password', required: true, spellcheck: 'false' });
	const form = el('form.card.login', { submit: async e => {
		e.preventDefault();
		state.hidden = true;
		try {
			await ask('POST', '/v1/login', { Authorization: 'Bearer ' + token.value.trim() });
			token.value = '';
			done();
		} catch (x) {
			state.textContent = x.code === 401 || x instanceof TypeError ? 'This token is not known.' : x.message;
			state.hidden = false;
			token.focus();
		}
	} }, el('h1', null, 'Log in'), el('p', null, 'With a token, as ', el('code', null, 'provctl token add NAME'), ' makes them.'), el('label', { for: 'token' }, 'Token'), token, state, el('button.main', { type: 'submit' }, 'Log in'));
	show(main, form);
	token.focus();
	return { title: 'Log in', end() {} };
}
