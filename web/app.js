// app.js - which view is shown: the part of the address behind the # says it.
import { clean, el, setText, show, setAttr } from './dom.js';
import { ask, begin, can, end, hosts, learn, live, on, who } from './net.js';
import { hostsView } from './hosts.js';
import { hostView } from './host.js';
import { leasesView, loginView, profileView, profilesView, statusView, treesView, unknownView } from './pages.js';

const main = document.getElementById('main');
const NAV = [['hosts', 'Hosts'], ['unknown', 'Unknown', '/v1/unknown'], ['leases', 'Leases'], ['trees', 'Trees'], ['profiles', 'Profiles'], ['status', 'Status']];
let view = null, at = null;

function choose(path, query) {
	const [what, name, tab] = path.split('/').map(decodeURIComponent);
	switch (what) {
	case 'host': return hostView(main, clean(name), tab ?? '');
	case 'unknown': return unknownView(main);
	case 'leases': return leasesView(main);
	case 'trees': return treesView(main);
	case 'profiles': return name ? profileView(main, clean(name)) : profilesView(main);
	case 'status': return statusView(main);
	default: return hostsView(main, query);
	}
}

function nav() {
	const here = at?.split('/')[0];
	const out = document.getElementById('out');
	out.hidden = who.name === 'socket';
	setText(out, 'Log out ' + who.name);
	show(document.getElementById('nav'), el('ul', null, NAV.filter(n => !n[2] || can(n[2], 'get')).map(([id, text]) =>
		el('li', null, el('a', { href: '#/' + id, 'aria-current': id === here || (id === 'hosts' && here === 'host') ? 'page' : null }, text)))));
}

function use(v) {
	view = v;
	on.hosts = v.hosts?.bind(v);
	on.all = v.all?.bind(v);
	on.line = v.line?.bind(v);
	document.title = clean(v.title) + ' \u2013 provd';
}

function route() {
	const hash = location.hash;
	if (hash && !hash.startsWith('#/')) return;	/* the skip link */
	const [path, query = ''] = (hash.slice(2) || 'hosts').split('?', 2);
	const first = at === null, tab = document.activeElement?.closest?.('.tabs') ? document.activeElement.textContent : null;
	document.querySelectorAll('dialog[open]').forEach(d => d.close());
	view?.end();
	at = path;
	nav();
	let v;
	try { v = choose(path, query); } catch { location.replace('#/hosts'); return; }
	use(v);
	scrollTo(0, 0);
	if (first) return;
	/* Where the reader goes on: among the tabs, or at the new heading. */
	const stay = tab && [...main.querySelectorAll('.tabs a')].find(a => a.textContent === tab);
	if (stay) stay.focus({ preventScroll: true });
	else { const h = main.querySelector('h1'); setAttr(h, 'tabindex', -1); h?.focus({ preventScroll: true }); }
}

async function start() {
	removeEventListener('hashchange', route);
	await learn();
	await begin();
	if (at !== 'login') { at = null; route(); addEventListener('hashchange', route); }
}

on.login = () => {
	if (at === 'login') return;
	end();
	removeEventListener('hashchange', route);
	document.querySelectorAll('dialog[open]').forEach(d => d.close());
	view?.end();
	at = 'login';
	live('off', 'not logged in');
	show(document.getElementById('nav'));
	document.getElementById('out').hidden = true;
	hosts.clear();
	use(loginView(main, () => { at = null; start(); }));
};

document.getElementById('out').addEventListener('click', async () => {
	try { await ask('POST', '/v1/logout'); } finally { on.login(); }
});
start();
