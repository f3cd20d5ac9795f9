// act.js - what steers. Nothing is done before a dialog has named each host and its disks.
import { add, bytes, el, many, say, show } from './dom.js';
import { ask, can, get, hostPath, hosts } from './net.js';

const AT_ONCE = 4;

// For each of a list, a few at a time; stops when told to.
async function each(list, stopped, fn) {
	let i = 0;
	const worker = async () => { while (i < list.length && !stopped()) await fn(list[i], i++); };
	await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

export function diskWords(d) {
	const device = d.name ? '/dev/' + d.name : d.which || 'a disk that is not known yet';
	const size = d.bytes > 0 ? ', ' + bytes(d.bytes) : '';
	const fate = d.preserve ? 'its partition table is kept' : d.wipe ? 'everything on it is destroyed' : 'refused unless it is empty';
	return { device: device + size, fate, also: d.name && d.which ? d.which : '' };
}

// A dialog with a heading; done() closes it. Escape and the first button leave.
function dialog(title, level) {
	const from = document.activeElement;
	const body = el('div.body'), foot = el('div.foot');
	const cancel = el('button.plain', { type: 'button', click: () => d.close() }, 'Cancel');
	const d = el('dialog', { 'aria-labelledby': 'dialog-title', 'data-level': level }, el('h2', { id: 'dialog-title' }, title), body, foot);
	d.addEventListener('close', () => { d.remove(); from?.isConnected && from.focus(); });
	document.body.append(d);
	add(foot, cancel);
	d.showModal();
	return { d, body, foot, cancel, get open() { return d.open; } };
}

async function run(dlg, list, call, past) {
	const out = el('ul.results'), state = el('p', { role: 'status' });
	let good = 0, bad = 0;
	show(dlg.body, state, out);
	show(dlg.foot, dlg.cancel);
	dlg.cancel.textContent = 'Close';
	dlg.cancel.focus();
	await each(list, () => false, async name => {
		try {
			const h = await ask('POST', hostPath(name, call));
			if (h?.name && h.state) hosts.set(h.name, { ...hosts.get(h.name), ...h });
			good++;
		} catch (e) {
			bad++;
			out.append(el('li', null, el('strong', null, name), ': ' + e.message));
		}
		state.textContent = `${good} of ${many(list.length, 'host')} ${past}` + (bad ? `, ${bad} refused:` : '');
	});
	say(state.textContent, true);
	if (!bad) dlg.d.close();
}

// What must be typed: the host's name, or of several how many they are.
function typed(list, button) {
	const must = list.length === 1 ? list[0] : String(list.length);
	const input = el('input', { type: 'text', autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', id: 'typed',
		input: () => { button.disabled = input.value.trim() !== must || button.dataset.ready !== 'yes'; } });
	return { input, label: el('label.typed', { for: 'typed' }, el('span', null, 'Type ', el('code', null, must), list.length === 1 ? ' to confirm' : ', the number of hosts, to confirm'), input) };
}

async function arm(list) {
	const one = list.length === 1;
	const dlg = dialog(one ? `Install ${list[0]}?` : `Install ${list.length} hosts?`, 'danger');
	const go = el('button.danger', { type: 'submit', disabled: true }, one ? `Arm ${list[0]}` : `Arm ${list.length} hosts`);
	const t = typed(list, go);
	const state = el('p.state', { role: 'status' }, 'Looking at what would be done \u2026');
	const disks = el('ul.disks', { tabindex: one ? null : 0, 'aria-label': 'Hosts and their disks' });
	const good = [];
	const form = el('form', { method: 'dialog', submit: e => {
		e.preventDefault();
		if (!go.disabled) run(dlg, good, '/arm', 'armed');
	} }, el('p', null, one ? 'At its next network boot this machine is installed, and its disk is written to.' :
		'At their next network boot these machines are installed, and their disks are written to.'), disks, state, t.label);
	show(dlg.body, form);
	form.id = 'arm-form';
	go.setAttribute('form', 'arm-form');
	add(dlg.foot, go);
	t.input.focus();
	await each(list, () => !dlg.open, async name => {
		const li = disks.appendChild(el('li', null, el('strong', null, name)));
		try {
			const plan = (await get(hostPath(name, '/plan'))).plan;
			add(li, ` \u2014 profile ${plan.profile}, tree ${plan.tree}`, el('ul', null, plan.disks.map(d => {
				const w = diskWords(d);
				return el('li', null, el('code', null, w.device), w.also && ` (${w.also})`, ': ', el(d.wipe && !d.preserve ? 'b.destroys' : 'span', null, w.fate));
			}), plan.disks.length === 0 && el('li', null, 'the profile says no disk')));
			good.push(name);
		} catch (e) {
			add(li, el('p.alert', { 'data-level': 'error' }, e.message));
		}
	});
	if (!dlg.open) return;
	const bad = list.length - good.length;
	state.textContent = good.length === 0 ? 'It cannot be armed.' : bad ? `${bad} of them can't be armed and are left out.` : '';
	if (good.length) go.dataset.ready = 'yes';
	t.input.dispatchEvent(new Event('input'));
}

// What writes to no disk by itself: a question, and a click.
function simple(list, title, text, button, call, past) {
	const dlg = dialog(title);
	const go = el('button.main', { type: 'button', click: () => run(dlg, list, call(), past) }, button);
	show(dlg.body, el('p', null, text), el('ul.disks', null, list.slice(0, 200).map(n => el('li', null, n))), list.length > 200 && el('p', null, `and ${list.length - 200} more`));
	add(dlg.foot, go);
	dlg.cancel.focus();
	return dlg;
}
const them = list => list.length === 1 ? list[0] : many(list.length, 'host');

const disarm = list => simple(list, `Disarm ${them(list)}?`, 'What was armed is taken back. A machine that has begun to write to its disk is left with half a system.', 'Disarm', () => '/disarm', 'disarmed');
const inspect = list => simple(list, `Inspect ${them(list)}?`, 'At the next network boot the hardware is looked at and reported. Nothing is written to a disk.', 'Inspect', () => '/inspect', 'will be inspected');

function boot(list) {
	const system = el('select', { 'aria-label': 'System' }, [['rescue', 'A rescue shell'], ['diskless', 'The diskless system'], ['none', 'Nothing more than usual']].map(o => el('option', { value: o[0] }, o[1])));
	const always = el('input', { type: 'checkbox' });
	const dlg = simple(list, `Boot ${them(list)} over the network?`, 'Disks are left alone.', 'Boot it', () => `/boot?system=${system.value}${always.checked ? '&always=yes' : ''}`, 'will boot it');
	add(dlg.body, el('div.tools', null, system, el('label.check', null, always, ' every time, not only once')));
}
function power(list) {
	const what = el('select', { 'aria-label': 'What is done' }, [['on', 'Switch on'], ['off', 'Switch off'], ['cycle', 'Off and on again']].map(o => el('option', { value: o[0] }, o[1])));
	const dlg = simple(list, `Power of ${them(list)}`, 'What runs on a machine is not asked to end before it is switched off.', 'Do it', () => '/power?action=' + what.value, 'switched');
	add(dlg.body, el('div.tools', null, what));
}

// The buttons for these hosts: what the server can do.
export function actions(list) {
	const host = list.length === 1 && hosts.get(list[0]);
	const b = (text, fn, kind = 'plain') => el('button.' + kind, { type: 'button', 'data-do': text.toLowerCase(), click: fn }, text + '\u2026');
	const p = '/v1/hosts/{host}/';
	const armed = host && !['new', 'ready', 'installed', 'local'].includes(host.state);
	return el('div.actions', null,
		can(p + 'arm') && !(host && armed && host.state !== 'failed') && b('Install', () => arm(list), 'main'),
		can(p + 'disarm') && (!host || armed || host.inspecting) && b('Disarm', () => disarm(list)),
		can(p + 'inspect') && !armed && b('Inspect', () => inspect(list)),
		can(p + 'boot') && b('Boot', () => boot(list)),
		can(p + 'power') && b('Power', () => power(list)));
}
