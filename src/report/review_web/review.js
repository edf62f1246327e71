'use strict';
(() => {
  // A key held down, or pressed twice, must not decide on what nobody has seen.
  let isLeaving = false;
  const leave = isNow => {
    isLeaving = isNow;
    // Thousands of files take their time.
    document.documentElement.classList.toggle('leaving', isNow);
  };
  addEventListener('pageshow', () => leave(false));
  document.addEventListener('submit', event => {
    if (isLeaving) event.preventDefault();
    leave(true);
  });
  const others = { h: '?', n: 'j', p: 'k', arrowright: 'j', arrowleft: 'k' };
  document.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
    const pressed = event.key.toLowerCase();
    const key = others[pressed] ?? pressed;
    if (key === '?') {
      const help = document.getElementById('keys');
      if (!help) return;
      event.preventDefault();
      help.open = !help.open;
      if (help.open) {
        help.scrollIntoView({ block: 'center' });
        help.querySelector('summary').focus({ preventScroll: true });
      }
      return;
    }
    const target = [...document.querySelectorAll('[data-key]')].find(it => it.dataset.key === key);
    if (!target || isLeaving) return;
    event.preventDefault();
    target.click();
  });
  const open = () => {
    const help = document.getElementById('keys');
    if (help && location.hash === '#keys') help.open = true;
  };
  addEventListener('hashchange', open);
  open();
  document.querySelector('aside [aria-current=page]')?.scrollIntoView({ block: 'nearest' });
})();
