// host.js - one machine: where it is, why it does not go on, and all that is known of it.
import { add, ago, bytes, clock, day, el, facts, problem, say, setAttr, setText, show, table, when } from './dom.js';
import { can, get, getText, hostPath, hosts } from './net.js';
import { MARK, MEANS, doing, elapsed, eta, labels, progress, quiet, stuck } from './state.js';
import { actions, diskWords } from './act.js';

const TABS = { '': 'Timeline', packets: 'Packets', plan: 'Plan', files: 'Files', log: 'Log', facts: 'Facts' };
const LEVEL = { warning: '!', error: '\u2715' };
const KEPT = 500;	// lines of the timeline that the page holds

export function hostView(main, name, tab) {
	if (!TABS[tab]) tab = '';
	const base = '#/host/' + encodeURIComponent(name);
	const part = { state: el('p.now', null, el('span.mark', { 'aria-hidden': 'true' }), el('strong'), el('span.for')), what: el('p.doing'),
		bar: el('span.bar.big', { role: 'progressbar', 'aria-label': 'Installation', 'aria-valuemin': 0, 'aria-valuemax': 100 }, el('i')), pct: el('span.pct', { 'aria-hidden': 'true' }), eta: el('span.eta'),
		stuck: el('section.stuck', { 'aria-label': 'Why nothing moves', hidden: true }, el('p.why', null, el('span.mark', { 'aria-hidden': 'true' }, MARK.stuck), el('strong')), el('p.advice')),
		acts: el('div'), about: el('div'), steps: el('section.steps', { 'aria-label': 'Steps', hidden: true }), body: el('section.tab', { 'aria-label': TABS[tab] }) };
	let gone = false, acts = '', state = '', about = '', steps = null, lines = [], log = null, level = '', timer = 0;

	const card = el('div.card.status', null, el('div.line', null, part.state, part.what), el('div.line.barline', null, part.bar, part.pct, part.eta));
	show(main, el('p.crumbs', null, el('a', { href: '#/hosts' }, 'Hosts'), ' / '),
		el('div.title', null, el('h1', null, name), part.acts), part.stuck, card,
		el('div.two', null, el('div', null,
			el('nav.tabs', { 'aria-label': 'About this host' }, Object.entries(TABS).filter(([k]) => k !== 'packets' || can('/v1/hosts/{host}/packets', 'get'))
				.map(([k, t]) => el('a', { href: base + (k && '/' + k), 'aria-current': k === tab ? 'page' : null }, t))), part.body),
		el('aside', { 'aria-label': 'Summary' }, part.about, part.steps)));

	function head() {
		const h = hosts.get(name);
		if (!h) return;
		const pc = progress(h);
		setAttr(card, 'data-state', h.state);
		setText(part.state.querySelector('.mark'), MARK[h.state]);
		setText(part.state.querySelector('strong'), h.state);
		setText(part.state.querySelector('.for'), quiet(h) && ' for ' + quiet(h));
		setAttr(part.state, 'title', MEANS[h.state]);
		setText(part.what, !['installed', 'local'].includes(h.state) && doing(h) || MEANS[h.state] || '');
		part.bar.parentNode.hidden = pc === null;
		if (pc !== null) {
			part.bar.querySelector('i').style.transform = `scaleX(${pc / 100})`;
			setAttr(part.bar, 'aria-valuenow', pc);
			setAttr(part.bar, 'aria-valuetext', `${pc} percent, ${doing(h)}`);
			setText(part.pct, pc + '%');
			setText(part.eta, eta(h) ? eta(h) + ' left' : elapsed(h) && elapsed(h) + ' so far');
		}
		part.stuck.hidden = !h.stuck;
		setAttr(part.stuck, 'data-level', h.state === 'failed' ? 'error' : h.stuck_severity);
		setAttr(card, 'data-stuck', stuck(h));
		setText(part.stuck.querySelector('strong'), h.stuck ?? '');
		setText(part.stuck.querySelector('.advice'), h.advice ?? '');
		if (state && state !== h.state + h.stuck) say(`${name}: ${h.state}. ${h.stuck || doing(h)}`);
		state = h.state + h.stuck;
		const key = h.state + h.inspecting;
		if (key !== acts) {
			const had = part.acts.contains(document.activeElement);
			acts = key;
			show(part.acts, actions([name]));
			if (had) part.acts.querySelector('button')?.focus();
			showSteps();
		}
		const text = JSON.stringify([h.profile, h.tree, h.mac, h.address, h.labels, h.origin, h.attempts, h.boot]);
		if (text !== about) {
			about = text;
			show(part.about, facts([['Profile', h.profile && el('a', { href: '#/profiles/' + encodeURIComponent(h.profile) }, h.profile)], ['Tree', h.tree],
				['Address', h.address], ['Hardware', h.mac], ['Labels', labels(h).map(l => el('span.label', null, l.join('='))).flatMap(l => [l, ' '])],
				['Known from', h.origin], ['Boots', h.boot && h.boot + (h.boot_always ? ', always' : ', once')], ['Attempts', h.attempts || '']]));
		}
		markSteps(h);
	}

	// Steps of the plan, with what is done of them ------------------------------

	async function showSteps() {
		const h = hosts.get(name);
		if (!['armed', 'booting', 'installing', 'failed'].includes(h?.state) || h.inspecting) { part.steps.hidden = true; return; }
		try { steps ??= (await get(hostPath(name, '/plan'))).plan.steps; } catch { return; }
		if (gone) return;
		show(part.steps, el('h2', null, 'Steps'), el('ol', null, steps.map(s => el('li', null, el('span.mark', { 'aria-hidden': 'true' }), s.title, el('span.unseen')))));
		part.steps.hidden = false;
		markSteps(hosts.get(name));
	}
	function markSteps(h) {
		part.steps.querySelectorAll('li').forEach((li, i) => {
			const is = h.state === 'installed' || i + 1 < h.step ? 'done' : i + 1 > h.step ? 'todo' : h.state === 'failed' ? 'failed' : 'now';
			if (li.dataset.is === is) return;
			li.dataset.is = is;
			setAttr(li, 'aria-current', is === 'now' ? 'step' : null);
			setText(li.querySelector('.mark'), { done: '\u2713', now: '\u25b6', failed: '\u2715', todo: '' }[is]);
			setText(li.querySelector('.unseen'), { done: ', done', now: ', at it', failed: ', failed', todo: '' }[is]);
		});
	}

	// Timeline ----------------------------------------------------------------------

	const list = el('ol.timeline', { reversed: true });
	function lineItem(l) {
		return el('li', { 'data-level': l.severity, 'data-kind': l.kind }, el('time', { datetime: new Date(l.time * 1000).toISOString(), title: when(l.time) }, clock(l.time)),
			el('span.kind', null, l.kind ?? ''), el('span.text', null, LEVEL[l.severity] && el('span.mark', null, LEVEL[l.severity] + ' '), LEVEL[l.severity] && el('span.unseen', null, l.severity + ': '), l.text));
	}
	const passes = l => !level || (level === 'trouble' ? LEVEL[l.severity] : l.kind === level);
	function fillTimeline() {
		show(list);
		let last = '';
		for (const l of lines.filter(passes).reverse()) {
			if (day(l.time) !== last) { last = day(l.time); add(list, el('li.day', null, last)); }
			add(list, lineItem(l));
		}
	}
	function timelineTab() {
		const kinds = [...new Set(lines.map(l => l.kind).filter(Boolean))].sort();
		const pick = el('select', { change: () => { level = pick.value; fillTimeline(); } }, [['', 'Everything'], ['trouble', 'Warnings and errors'], ...kinds.map(k => [k, 'Only ' + k])]
			.map(o => el('option', { value: o[0], selected: o[0] === level }, o[1])));
		fillTimeline();
		show(part.body, el('div.tools', null, el('label', null, el('span', null, 'Show'), pick), el('span.note', null, 'newest first')),
			list, lines.length === 0 && el('p.none', null, 'Nothing has been heard of this machine yet.'));
	}

	// The other tabs ------------------------------------------------------------------

	const pre = (text, empty) => text ? el('pre', { tabindex: 0, role: 'region', 'aria-label': TABS[tab] }, text) : el('p.none', null, empty);

	async function planTab() {
		const r = await get(hostPath(name, '/plan')), p = r.plan;
		return [el('p', null, `Profile ${p.profile} from the tree ${p.tree}, ${bytes(p.distribution_bytes)} of distributions.`),
			p.disks.map((d, i) => {
				const w = diskWords(d), dev = d.name ? '/dev/' + d.name : 'DISK' + (i + 1);
				return el('div.disk', null, el('h3', null, w.device), el('p', null, w.also && w.also + '; ', el(d.wipe && !d.preserve ? 'b.destroys' : 'span', null, w.fate)),
					table('Partitions of ' + dev, [['Part', x => x.part], ['Size', x => x.rest ? 'the rest' : bytes(x.bytes), 'num'], ['Filesystem', x => x.fs], ['Mounted at', x => x.mount], ['', x => x.kept ? 'kept' : '']], d.partitions));
			}), el('h2', null, 'Steps'), el('ol.plan', null, p.steps.map(s => el('li', null, el('details', null, el('summary', null, s.title, ' ', el('code', null, s.name)), s.does.length ? el('pre', { tabindex: 0 }, s.does.join('\n')) : el('p', null, 'nothing to do'))))),
			el('p.note', null, 'A plan is made of the profile as it is now; what is armed keeps what it was armed with.')];
	}
	async function packetsTab() {
		const list = (await get(hostPath(name, '/packets'))).packets, text = JSON.stringify(list);
		if (text === log) return null;
		log = text;
		return list.length ? table('DHCP packets', [['Time', p => clock(p.time)], ['Way', p => ({ in: 'from it', out: 'to it' })[p.direction] ?? 'of another server'], ['Type', p => p.type], ['Who asks', p => p.firmware], ['Rule', p => [p.rule, p.boot_rule].filter(Boolean).join(', ')], ['In words', p => p.text, 'wide']], list.slice().reverse()) :
			el('p.none', null, 'No packet of it has been heard since provd started.');
	}
	async function filesTab() {
		const list = (await get(hostPath(name, '/files'))).files;
		return [el('p.note', null, 'What this host is (or would be) served in place of, or beside, the files of its tree.'), list.map(f => {
			const d = el('details.file', null, el('summary', null, el('code', null, '/' + f.path), ' ', el('span.note', null, bytes(f.size))));
			d.addEventListener('toggle', async () => {
				if (!d.open || d.children.length > 1) return;
				try { add(d, el('pre', { tabindex: 0 }, await getText(hostPath(name, '/file?path=' + encodeURIComponent(f.path))))); } catch (e) { add(d, problem(e.message)); }
			});
			return d;
		})];
	}
	async function load() {
		try {
			if (tab === 'plan') show(part.body, await planTab());
			else if (tab === 'packets') { const t = await packetsTab(); if (t) show(part.body, t); }
			else if (tab === 'files') show(part.body, await filesTab());
			else await details();
		} catch (e) { log = null; if (!gone) show(part.body, problem(e.message)); }
	}
	// Timeline, log and facts come with the host itself.
	async function details() {
		const h = await get(hostPath(name));
		if (gone) return;
		lines = h.timeline ?? [];
		if (tab === '') timelineTab();
		else if (tab === 'facts') show(part.body, h.facts_time > 0 && el('p.note', null, 'Reported ' + ago(h.facts_time)), pre(h.facts, 'It was not inspected yet.'));
		else if (h.log !== log) { log = h.log; show(part.body, pre(log, 'There is no log: it is kept as long as an installation lasts.')); part.body.querySelector('pre')?.scrollTo(0, 1e9); }
		if (!hosts.has(name)) { hosts.set(name, h); }
		head();
	}

	if (!hosts.has(name) && hosts.size) show(part.body, problem(`There is no host named ${name}.`));
	head();
	load();
	timer = setInterval(() => { head(); if (tab === 'log' || tab === 'packets') load(); }, 5000);
	return {
		title: name,
		hosts(changed) { if (changed.has(name)) head(); },
		line(l) {
			if (l.host !== name) return;
			lines.push(l);
			if (lines.length > KEPT) lines.splice(0, lines.length - KEPT);
			if (tab !== '' || !list.isConnected || !passes(l)) return;
			const first = list.firstElementChild;
			if (!first) return timelineTab();
			first.matches('.day') && first.textContent === day(l.time) ? first.after(lineItem(l)) : list.prepend(lineItem(l));
			while (list.children.length > KEPT) list.lastElementChild.remove();
		},
		all() { head(); if (tab === '') details().catch(() => {}); },
		end() { gone = true; clearInterval(timer); },
	};
}
