"""What the Tab key reaches on a page, and whether it is seen there."""

# What a key has reached is looked at when the key goes up; by then the page has scrolled there.
WATCH = """() => {
    const ways = [...document.querySelectorAll(
        'a[href], button, input, select, textarea, summary, [tabindex], [contenteditable=true]'
    )].filter(e => e.tabIndex >= 0 && !e.disabled && e.checkVisibility({visibilityProperty: true}));
    // What lets the mouse through to the button around it is seen there.
    const isHit = (e, hit) => e.contains(hit)
        || (getComputedStyle(e).pointerEvents === 'none' && hit?.contains(e));
    const inSight = e => [...e.getClientRects()].some(box => {
        const [left, right] = [Math.max(box.left, 0), Math.min(box.right, innerWidth)];
        const [top, bottom] = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
        return [[.5, .5], [.1, .2], [.9, .8], [.1, .8], [.9, .2]].some(([x, y]) =>
            isHit(e, document.elementFromPoint(left + (right - left) * x, top + (bottom - top) * y)));
    });
    // What a box of its own holds back stands at the edge of that box.
    const boxes = ways.map(e => {
        let {left, right, top, bottom} = e.getBoundingClientRect();
        for (let around = e.parentElement; around !== document.body; around = around.parentElement) {
            if (getComputedStyle(around).overflowY === 'visible') continue;
            const box = around.getBoundingClientRect();
            [top, bottom] = [top, bottom].map(y => Math.min(Math.max(y, box.top), box.bottom));
        }
        return {left, right, top, bottom};
    });
    window.back = ways.filter((_, place) => place && boxes[place].bottom < boxes[place - 1].top
        && boxes[place].left < boxes[place - 1].right).map(e => e.outerHTML.slice(0, 120));
    window.reached = [];
    addEventListener('keyup', ({key}) => {
        const element = document.activeElement;
        const {outlineStyle, outlineWidth} = getComputedStyle(element);
        const marked = outlineStyle === 'solid' && parseFloat(outlineWidth) >= 2;
        if (key === 'Tab')
            reached.push([ways.indexOf(element), marked && inSight(element), element.outerHTML.slice(0, 120)]);
    });
    return ways.length;
}"""


def walk(page, *keys) -> list:
    """What each key reaches: its place in the document, whether it is seen with its mark, and what it is."""
    page.evaluate("window.reached = []")
    for key in keys:
        page.keyboard.press(key)
    return page.evaluate("reached")


def faults_of_tab(page, least: int) -> list[tuple]:
    """Where Tab, which reaches so many things at least, leaves something out, out of order or unseen."""
    number = page.evaluate(WATCH)
    reached = walk(page, *["Tab"] * number)
    assert number >= least, (page.url, number)
    assert len(reached) == number, page.url
    unseen = [
        (expected, place, what)
        for expected, (place, seen, what) in enumerate(reached)
        if expected != place or not seen
    ]
    return [*unseen, *(("above what comes before it", what) for what in page.evaluate("back"))]
