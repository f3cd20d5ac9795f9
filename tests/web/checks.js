// checks.js - looked at in the page itself: contrast, names, and what does not fit.
(() => {
const rgb = s => {
	let m = /^rgba?\(([^)]+)\)/.exec(s);
	if (m) { const v = m[1].split(/[ ,/]+/).map(Number); return [v[0], v[1], v[2], v[3] ?? 1]; }
	m = /^color\(srgb ([^)]+)\)/.exec(s);
	if (m) { const v = m[1].split(/[ /]+/).map(Number); return [v[0] * 255, v[1] * 255, v[2] * 255, v[3] ?? 1]; }
	throw new Error('a colour that is not understood: ' + s);
};
const over = (a, b) => [0, 1, 2].map(i => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
const lum = c => c.slice(0, 3).map(v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; }).reduce((s, v, i) => s + v * [.2126, .7152, .0722][i], 0);
const ratio = (a, b) => { const [x, y] = [lum(a), lum(b)].sort((p, q) => q - p); return (x + .05) / (y + .05); };
const behind = e => {
	const stack = [];
	for (let p = e; p; p = p.parentElement) { const c = rgb(getComputedStyle(p).backgroundColor); stack.push(c); if (c[3] === 1) break; }
	return stack.reverse().reduce((b, c) => over(c, b), rgb(getComputedStyle(document.body).backgroundColor));
};
window.checks = {
	// Text whose contrast is below 4.5: a list of what, and the number of texts looked at.
	contrast() {
		const bad = new Map();
		let n = 0;
		const w = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
		while (w.nextNode()) {
			const e = w.currentNode.parentElement;
			if (!w.currentNode.data.trim() || !e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || e.closest('.unseen, .skip, noscript')) continue;
			const r = e.getBoundingClientRect();
			if (!r.width || !r.height) continue;
			n++;
			const back = behind(e), x = ratio(over(rgb(getComputedStyle(e).color), back), back);
			if (x < 4.5 && !e.disabled && !e.closest('button:disabled, option')) bad.set(e.tagName + '.' + e.className + ' in ' + e.parentElement.className + ' "' + w.currentNode.data.trim().slice(0, 30) + '"', x.toFixed(2));
		}
		return { n, bad: [...bad].map(b => b.join(' ')) };
	},
	// Pixels by which the page is wider than the window.
	wide() { return document.scrollingElement.scrollWidth - innerWidth; },
	// Where the keyboard is: a word for it, whether it can be seen.
	focus() {
		const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();
		return { tag: e.tagName, text: (e.getAttribute('aria-label') || e.innerText || e.id || '').trim().slice(0, 60), in: e.closest('dialog') ? 'dialog' : e.closest('header') ? 'header' : e.closest('main') ? 'main' : '',
			seen: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2, inside: r.bottom > 0 && r.top < innerHeight && r.width > 0 };
	},
	// From now on: times between frames, long tasks.
	watch() {
		const m = window.measured = { frames: [], long: [], until: 0 };
		new PerformanceObserver(l => { for (const t of l.getEntries()) m.long.push(Math.round(t.duration)); }).observe({ type: 'longtask' });
		let last = performance.now();
		const tick = t => { m.frames.push(t - last); last = t; if (!m.stop) requestAnimationFrame(tick); };
		requestAnimationFrame(t => { last = t; requestAnimationFrame(tick); });
	},
};
})();
