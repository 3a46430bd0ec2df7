/**
 * Uploads files and folders by drag and drop or by choosing, with a progress bar, keeping each
 * file's path inside its folder. Enhances the plain form `[data-upload]`, which works without this.
 */
const form = document.querySelector('form[data-upload]');
if (form instanceof HTMLFormElement) enhance(form);

function enhance(form) {
  const drop = form.querySelector('[data-drop]');
  const list = form.querySelector('[data-files]');
  const bar = form.querySelector('progress');
  const status = form.querySelector('[data-status]');
  const cancel = form.querySelector('[data-cancel]');
  const button = form.querySelector('[data-send]');
  const folder = form.querySelector('[data-folder]');
  let chosen = [];

  // The chosen files stand in the list; the inputs are emptied after each choice and would say that
  // there are none.
  form.classList.add('enhanced');
  folder.hidden = false;
  list.hidden = false;

  const show = () => {
    list.replaceChildren(
      ...chosen.slice(0, 50).map(({ path, file }) => {
        const item = document.createElement('li');
        item.textContent = `${path} (${size(file.size)})`;
        return item;
      }),
    );
    const bytes = chosen.reduce((sum, { file }) => sum + file.size, 0);
    status.textContent =
      chosen.length === 0
        ? ''
        : `${chosen.length} ${chosen.length === 1 ? 'file' : 'files'}, ${size(bytes)}${chosen.length > 50 ? '; the first 50 are listed' : ''}.`;
  };

  const add = (more) => {
    const known = new Set(chosen.map(({ path }) => path));
    chosen = [
      ...chosen,
      ...more.filter(({ path, file }) => !known.has(path) && !file.name.startsWith('.')),
    ];
    show();
  };

  for (const input of form.querySelectorAll('input[type=file]')) {
    input.addEventListener('change', () => {
      add([...input.files].map((file) => ({ file, path: file.webkitRelativePath || file.name })));
      input.value = '';
    });
  }

  drop.addEventListener('dragover', (event) => {
    event.preventDefault();
    drop.classList.add('over');
  });
  drop.addEventListener('dragleave', () => drop.classList.remove('over'));
  drop.addEventListener('drop', (event) => {
    event.preventDefault();
    drop.classList.remove('over');
    const entries = [...event.dataTransfer.items]
      .map((item) => item.webkitGetAsEntry?.())
      .filter(Boolean);
    void Promise.all(entries.map(walk)).then((files) => add(files.flat()));
  });

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (chosen.length === 0) {
      status.textContent = 'Choose a file or a folder first.';
      return;
    }
    const body = new FormData();
    for (const { path, file } of chosen) {
      body.append('path', path);
      body.append('files', file);
    }
    const request = new XMLHttpRequest();
    request.open('POST', form.action);
    request.setRequestHeader('x-csrf-token', form.elements.csrf.value);
    request.setRequestHeader('accept', 'application/json');
    request.responseType = 'json';
    bar.hidden = false;
    cancel.hidden = false;
    button.disabled = true;
    const settle = (message) => {
      bar.hidden = true;
      cancel.hidden = true;
      button.disabled = false;
      status.textContent = message;
    };
    request.upload.addEventListener('progress', ({ loaded, total }) => {
      bar.max = total;
      bar.value = loaded;
      status.textContent =
        loaded < total
          ? `${size(loaded)} of ${size(total)} sent.`
          : 'Everything is sent. Reading what came …';
    });
    request.addEventListener('load', () => {
      if (request.status < 300 && request.response?.href) {
        location.assign(request.response.href);
        return;
      }
      const problem = request.response?.error ?? request.response;
      settle(
        [
          problem?.title ?? `The server answered ${request.status}.`,
          problem?.advice ?? 'Nothing was kept. Try again.',
        ].join(' '),
      );
    });
    request.addEventListener('error', () =>
      settle(
        'The connection broke off. Nothing was kept; your choice of files is still here. Try again.',
      ),
    );
    request.addEventListener('abort', () =>
      settle('Cancelled. Nothing was kept; your choice of files is still here.'),
    );
    cancel.onclick = () => request.abort();
    request.send(body);
  });
}

/** All files under a dropped entry, with their paths. */
async function walk(entry) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    return [{ file, path: entry.fullPath.replace(/^\//, '') }];
  }
  const reader = entry.createReader();
  const children = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) break;
    children.push(...some);
  }
  return (await Promise.all(children.map(walk))).flat();
}

function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${Math.round(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}
