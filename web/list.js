// list.js - a list of any length of which only what can be seen has elements.
//
// It scrolls with the page. Rows are known by key and keep their element (and with
// it the focus) as long as they are near; make(key) gives the element, fill(element,
// key) writes it.

const MORE = 8;		// rows beyond each edge, so that Tab finds the next one

export class List {
	constructor(box, { height, make, fill, focus }) {
		Object.assign(this, { box, height, make, fill, focus, items: [], rows: new Map(), index: new Map() });
		this.frame = 0;
		this.moved = () => { this.frame ||= requestAnimationFrame(() => { this.frame = 0; this.render(); }); };
		addEventListener('scroll', this.moved, { passive: true });
		addEventListener('resize', this.moved);
		box.addEventListener('keydown', e => this.key(e));
	}
	end() {
		removeEventListener('scroll', this.moved);
		removeEventListener('resize', this.moved);
		cancelAnimationFrame(this.frame);
	}
	set(items) {
		this.items = items;
		this.index = new Map(items.map((k, i) => [k, i]));
		this.render(true);
	}
	// Rows of these keys are written again, if there are any now.
	refresh(keys) {
		for (const k of keys ?? this.rows.keys()) {
			const row = this.rows.get(k);
			if (row) this.fill(row, k);
		}
	}
	at(e) { return e.target.closest('[data-key]')?.dataset.key; }
	render(again) {
		const h = this.height(), n = this.items.length;
		const top = this.box.getBoundingClientRect().top;
		let first = Math.max(0, Math.floor(-top / h) - MORE);
		let last = Math.min(n, Math.ceil((innerHeight - top) / h) + MORE);
		if (first >= last) { first = Math.max(0, Math.min(first, n - 1)); last = Math.min(n, first + 1); }
		const height = n * h + 'px';
		if (this.box.style.height !== height) this.box.style.height = height;
		const want = [];
		const kept = document.activeElement?.closest?.('[data-key]')?.dataset.key;
		const pin = this.index.get(kept);	// who has the focus stays
		if (pin < first) want.push(pin);
		for (let i = first; i < last; i++) want.push(i);
		if (pin >= last) want.push(pin);
		const keys = new Set(want.map(i => this.items[i]));
		for (const [k, e] of this.rows)
			if (!keys.has(k)) { e.remove(); this.rows.delete(k); }
		let next = this.box.firstChild, focus = null;
		for (const i of want) {
			const k = this.items[i];
			let e = this.rows.get(k);
			const old = Boolean(e);
			if (!e) {
				e = this.make(k);
				e.dataset.key = k;
				e.classList.add('row');
				this.rows.set(k, e);
			}
			if (e === next) next = e.nextSibling;
			else {
				if (e.contains(document.activeElement)) focus = document.activeElement;
				this.box.insertBefore(e, next);
			}
			const y = `translateY(${i * h}px)`;
			if (e.style.transform !== y) {
				e.style.transform = y;
				e.setAttribute('aria-rowindex', i + 2);
			}
			if (!old || again) this.fill(e, k);
		}
		focus?.focus({ preventScroll: true });
	}
	go(i) {
		i = Math.max(0, Math.min(this.items.length - 1, i));
		const h = this.height(), top = this.box.getBoundingClientRect().top + i * h;
		if (top < 120) scrollBy(0, top - 120);
		else if (top + h > innerHeight - 70) scrollBy(0, top + h - innerHeight + 70);
		this.render();
		const row = this.rows.get(this.items[i]);
		if (row) this.focus(row);
	}
	key(e) {
		const i = this.index.get(this.at(e)), page = Math.max(1, Math.floor(innerHeight / this.height()) - 3);
		const to = { ArrowDown: i + 1, ArrowUp: i - 1, Home: 0, End: this.items.length - 1,
			PageDown: i + page, PageUp: i - page }[e.key];
		if (i === undefined || to === undefined || e.ctrlKey || e.metaKey || e.altKey) return;
		e.preventDefault();
		this.go(to);
	}
}
