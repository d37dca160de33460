"use strict";
// Comforts only: every page works without this file.

for (const form of document.querySelectorAll("form[data-confirm]")) {
  form.addEventListener("submit", (event) => {
    if (!confirm(form.dataset.confirm)) event.preventDefault();
  });
}

for (const button of document.querySelectorAll("[data-copies]")) {
  const field = button.parentElement.querySelector("[data-copy]");
  field.addEventListener("focus", () => field.select());
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(field.value);
    button.textContent = "已复制";
  });
}

// A form is sent once, however often its button is pressed.
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
}
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

for (const button of document.querySelectorAll("[data-check-all]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const boxes = [...document.querySelectorAll(`input[type=checkbox][form="${button.dataset.checkAll}"]`)];
    const on = boxes.some((box) => !box.checked);
    for (const box of boxes) box.checked = on;
  });
}

// A dry run shows how far it is: the part of the page that tells is fetched again until the fit is over.
async function refresh() {
  const here = document.querySelector("[data-refresh]");
  if (!here) return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-refresh]");
    if (!fresh) return location.reload();
    here.replaceChildren(...fresh.childNodes);
  } catch {
    // The network may be back the next time.
  }
  setTimeout(refresh, 1500);
}
if (document.querySelector("[data-refresh]")) setTimeout(refresh, 1000);

// What the form of a card would make, beside it, while it is written.
for (const form of document.querySelectorAll("form[data-preview]")) {
  let timer;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch(form.dataset.preview, { method: "POST", body });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-shown]");
      const open = [...document.querySelectorAll("[data-shown] details")].map((one) => one.open);
      if (!fresh) return;
      document.querySelector("[data-shown]").replaceChildren(...fresh.childNodes);
      document.querySelectorAll("[data-shown] details").forEach((one, at) => {
        if (at < open.length) one.open = open[at];
      });
    }, 400);
  });
}

// A file is dragged here, and its way is shown as a bar.
for (const form of document.querySelectorAll("form[data-upload]")) {
  const drop = form.querySelector("[data-drop]");
  const input = form.querySelector("input[type=file]");
  for (const kind of ["dragenter", "dragover"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) input.files = event.dataTransfer.files;
  });
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented || !input.files.length) return;
    event.preventDefault();
    send(form);
  });
}

function send(form) {
  const bar = form.querySelector("[data-bar]");
  const said = form.querySelector("[data-said]");
  const request = new XMLHttpRequest();
  bar.hidden = false;
  said.textContent = "正在上传…";
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) bar.value = event.loaded / event.total;
    if (event.loaded === event.total) said.textContent = "收到了，正在读…";
  });
  request.addEventListener("load", () => {
    // The answer is a page: the draft after a redirect, or the form with what was wrong.
    if (request.responseURL && !request.responseURL.endsWith(location.pathname)) return location.assign(request.responseURL);
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    const wrong = page.querySelector("[role=alert]");
    said.textContent = "";
    bar.hidden = true;
    delete form.dataset.sent;
    form.parentElement.querySelectorAll("[role=alert]").forEach((one) => one.remove());
    if (wrong) form.before(wrong);
  });
  request.addEventListener("error", () => {
    said.textContent = "网络断了，没有传完，请再试一次。";
    bar.hidden = true;
    delete form.dataset.sent;
  });
  request.open("POST", form.action);
  request.send(new FormData(form));
}

// One key a ruling, only while the message itself is chosen, so that nothing happens by accident.
for (const article of document.querySelectorAll("[data-keys]")) {
  article.addEventListener("keydown", (event) => {
    if (event.target !== article || event.ctrlKey || event.altKey || event.metaKey) return;
    const target = article.querySelector(`[data-key="${event.key}"]`);
    if (!target) return;
    event.preventDefault();
    if (target.tagName === "SELECT") target.focus();
    else target.click();
  });
}
if (document.querySelector("[data-keys]")) document.querySelector("[data-keys]").focus();
