// state.js - what a host's fields mean to a person: one sentence, one bar.
import { ago, left, span, now } from './dom.js';

export const STATES = ['failed', 'installing', 'booting', 'armed', 'installed', 'local', 'ready', 'new'];
export const MARK = { failed: '\u2715', installing: '\u25b6', booting: '\u25d0', armed: '\u25c6',
	installed: '\u2713', local: '\u2713', ready: '\u25cb', new: '\u00b7', stuck: '!' };
export const MEANS = { failed: 'the installation failed', installing: 'is being installed', booting: 'boots to be installed',
	armed: 'will be installed at its next network boot', installed: 'installed, has not started from its disk yet',
	local: 'installed, starts from its disk', ready: 'has a profile, nothing is to be done', new: 'has no profile' };

export const busy = h => h.state === 'booting' || h.state === 'installing';
// It gets no further; what failed has an end, and says why in the same field.
export const stuck = h => Boolean(h.stuck) && h.state !== 'failed' && h.stuck_severity !== 'info';
export const trouble = h => h.state === 'failed' || stuck(h);

// Percent of the whole installation; null: nothing that a bar could show.
export function progress(h) {
	if (!busy(h) && h.state !== 'failed') return null;
	if (h.percent != null) return h.percent;
	if (h.steps > 0 && h.step > 0) return Math.round(100 * (h.step - 1) / h.steps);
	return h.state === 'booting' ? 0 : null;
}

export function doing(h) {
	const file = h.file && h.file_percent < 100 && h.file_percent != null ? ` \u00b7 ${h.file} ${h.file_percent}%` : '';
	switch (h.state) {
	case 'failed': return h.stuck || h.reason || 'failed';
	case 'installing': return h.step > 0 ? `${h.step}/${h.steps} ${h.step_name}${file}` : (h.stage || 'begins') + file;
	case 'booting': return (h.stage || 'power on') + file;
	case 'armed': return h.place > 0 ? `waits for its turn, number ${h.place}` :
		h.inspecting ? 'is inspected at its next network boot' : 'waits to be switched on';
	case 'installed': return 'installed ' + ago(h.since);
	case 'local': return 'on its own disk, ' + ago(h.since);
	default: return h.inspecting ? 'is inspected at its next network boot' :
		h.boot ? `boots ${h.boot}${h.boot_always ? ' always' : ' once'}` : '';
	}
}

export const eta = h => busy(h) ? left(h.eta) : '';
export const elapsed = h => busy(h) && h.elapsed > 0 ? span(h.elapsed) : '';
export const quiet = h => h.since > 0 ? span(now() - h.since) : '';
export const labels = h => Object.entries(h.labels ?? {});
